package import Foundation
import Postgres

/// Where a job stands in its life.
package enum JobState: String, Sendable, CaseIterable, SQLEncodable, SQLDecodable {
    case queued, running, retrying, done, dead, cancelled

    /// Whether it has ended; a dead or cancelled one may be retried by hand.
    package var isEnded: Bool { self == .done || self == .dead || self == .cancelled }
}

/// A job with all that its row, its upload and its place in the tree tell.
package struct JobRecord: Sendable, Equatable {
    package var id: Int64
    package var state: JobState
    /// `verify`, `assemble`, `sync` or `publish` while it runs.
    package var phase: String?
    /// Since when it is in that phase.
    package var phaseAt: Date?
    /// How often it was taken by a worker.
    package var attempt: Int
    /// How often that failed; only these count against `maxAttempts`.
    package var failures: Int
    package var maxAttempts: Int
    /// The smaller, the sooner; from the size, and less with age.
    package var priority: Int
    package var upload: UUID
    package var owner: String
    package var filename: String
    /// The names from below the root to the folder of its item; nil if that has been deleted.
    package var folder: [String]?
    /// The item's name in that folder; nil if it has been deleted.
    package var itemName: String?
    package var bytesTotal: Int64
    package var bytesDone: Int64
    /// When the last byte of its upload was committed.
    package var queuedAt: Date
    /// When it is due, of a job that waits.
    package var nextAt: Date
    /// When the latest attempt began.
    package var startedAt: Date?
    package var finishedAt: Date?
    package var worker: String?
    package var errorClass: String?
    package var errorMessage: String?
    /// `resume` of a paused queue or folder, `space`, `volume` or what else the finalizer says.
    package var waitingFor: String?
    /// Of the phase that it is in; nil when nothing can be told of it.
    package var bytesPerSecond: Double?

    /// Seconds until the phase's bytes are done, if it goes on like this.
    package var secondsLeft: Double? {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return nil }
        return Double(bytesTotal - bytesDone) / bytesPerSecond
    }

    /// The names from below the root to its item.
    package var item: [String]? {
        guard let folder, let itemName else { return nil }
        return folder + [itemName]
    }
}

extension JobRecord {
    /// Turns the ids of a sub-select `picked` into whole records.
    static func select(from picked: String, order: String) -> String {
        """
        SELECT job.id, job.state, job.phase, job.phase_at, job.attempt, job.failures, job.max_attempts, job.priority,
            job.upload_id, job.owner, upload.filename, place.names AS folder, thing.name AS item_name,
            job.bytes_total, job.bytes_done, job.queued_at, job.next_at, job.started_at, job.finished_at, job.worker,
            job.error_class, job.error_message,
            CASE WHEN job.state IN ('queued', 'retrying') AND (job.parked_by IS NOT NULL OR place.is_paused
                OR EXISTS (SELECT FROM job_pause WHERE folder_id IS NULL)) THEN 'resume' ELSE job.waiting_for
            END AS waiting_for,
            CASE WHEN job.state = 'running' AND job.bytes_done > job.phase_from AND job.phase_at < clock_timestamp()
                THEN (job.bytes_done - job.phase_from)
                    / extract(epoch FROM clock_timestamp() - job.phase_at)::double precision
            END AS bytes_per_second
        FROM (\(picked)) AS picked
        JOIN job ON job.id = picked.id
        JOIN upload ON upload.id = job.upload_id
        LEFT JOIN item AS thing ON thing.id = upload.item_id
        LEFT JOIN LATERAL (
            \(FolderPath.names(
                of: "coalesce(thing.parent_id, job.folder_id)",
                and: "bool_or(EXISTS (SELECT FROM job_pause WHERE job_pause.folder_id = trail.id)) AS is_paused"))
        ) AS place ON true
        ORDER BY job.id \(order)
        """
    }

    init(row: Row) throws {
        self.init(
            id: try row["id"], state: try row["state"], phase: try row["phase"], phaseAt: try row["phase_at"],
            attempt: try row["attempt"], failures: try row["failures"], maxAttempts: try row["max_attempts"],
            priority: try row["priority"], upload: try row["upload_id"], owner: try row["owner"],
            filename: try row["filename"], folder: try row["folder"], itemName: try row["item_name"],
            bytesTotal: try row["bytes_total"], bytesDone: try row["bytes_done"], queuedAt: try row["queued_at"],
            nextAt: try row["next_at"], startedAt: try row["started_at"], finishedAt: try row["finished_at"],
            worker: try row["worker"], errorClass: try row["error_class"], errorMessage: try row["error_message"],
            waitingFor: try row["waiting_for"], bytesPerSecond: try row["bytes_per_second"])
    }
}
