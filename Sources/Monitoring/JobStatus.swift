package import Foundation
import Postgres

/// A finalizer's job as the clients of its upload see it; see `JobRecord` for all that there is to know.
package struct JobStatus: Sendable, Equatable {
    package var id: Int64
    package var upload: UUID
    /// `queued`, `running`, `retrying`, `done`, `dead` or `cancelled`.
    package var state: String
    /// `verify`, `assemble`, `sync` or `publish` while it runs.
    package var phase: String?
    package var attempt: Int
    package var bytesTotal: Int64
    package var bytesDone: Int64
    package var nextAt: Date
    package var waitingFor: String?
    package var errorClass: String?
    package var errorMessage: String?
}

struct JobOfUpload: Statement {
    var upload: UUID

    static let sql = """
        SELECT id, upload_id, state, phase, attempt, bytes_total, bytes_done, next_at,
            CASE WHEN state IN ('queued', 'retrying') AND (parked_by IS NOT NULL
                OR EXISTS (SELECT FROM job_pause WHERE folder_id IS NULL)) THEN 'resume' ELSE waiting_for
            END AS waiting_for, error_class, error_message
        FROM job WHERE upload_id = $1::uuid
        """

    var parameters: [any SQLEncodable] { [upload] }

    static func decode(_ row: Row) throws -> JobStatus {
        JobStatus(
            id: try row["id"], upload: try row["upload_id"], state: try row["state"], phase: try row["phase"],
            attempt: try row["attempt"], bytesTotal: try row["bytes_total"], bytesDone: try row["bytes_done"],
            nextAt: try row["next_at"], waitingFor: try row["waiting_for"], errorClass: try row["error_class"],
            errorMessage: try row["error_message"])
    }
}
