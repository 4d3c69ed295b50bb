package import Foundation
package import Postgres

/// An upload with who holds it, for operators.
package struct UploadRecord: Sendable, Equatable {
    package var id: UUID
    /// `open`, `complete`, `finalized`, `failed`, `expired` or `terminated`.
    package var state: String
    package var offset: Int64
    /// nil while it is deferred.
    package var length: Int64?
    package var owner: String
    package var filename: String
    /// The names from below the root to the folder, or to the item whose file is replaced; nil if it has been deleted.
    package var folder: [String]?
    package var createdAt: Date
    package var expiresAt: Date
    /// The node that writes to it now, and until when it may be silent.
    package var holder: String?
    package var leaseUntil: Date?
    package var isRemoved: Bool
    package var job: Int64?
    package var reason: String?
}

/// Reads uploads, and ends them by hand.
package struct UploadReader: Sendable {
    let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package static let states = ["open", "complete", "finalized", "failed", "expired", "terminated"]

    /// Those that still answer, the ones that expire last first.
    package func list(state: String?, owner: String?, limit: Int) async throws -> [UploadRecord] {
        try await pool.query(ListUploads(state: state, owner: owner, limit: limit))
    }

    package func find(_ id: UUID) async throws -> UploadRecord? {
        try await pool.first(FindUploadRecord(id: id))
    }

    /// Ends an open upload, whoever holds it, and removes the tombstone of a finished one; the sweeper removes the
    /// bytes. Gives why not: it has gone already, or its job still needs it. nil: done.
    package func expire(_ id: UUID) async throws -> String? {
        guard let outcome = try await pool.first(ExpireByHand(id: id)) else {
            return "there is no such upload"
        }
        return outcome
    }
}

extension UploadRecord {
    static func select(_ condition: String) -> String {
        """
        SELECT upload.id, upload.state, upload."offset", upload.length, upload.owner, upload.filename,
            place.names AS folder, upload.created_at, upload.expires_at, upload.lease_node, upload.lease_until,
            upload.removed_at IS NOT NULL AS is_removed, job.id AS job, upload.reason
        FROM (SELECT * FROM upload WHERE \(condition)) AS upload
        LEFT JOIN job ON job.upload_id = upload.id
        LEFT JOIN LATERAL (\(FolderPath.names(of: "upload.folder_id"))) AS place ON true
        ORDER BY upload.expires_at DESC
        """
    }

    init(row: Row) throws {
        self.init(
            id: try row["id"], state: try row["state"], offset: try row["offset"],
            length: try row["length"],
            owner: try row["owner"], filename: try row["filename"], folder: try row["folder"],
            createdAt: try row["created_at"], expiresAt: try row["expires_at"],
            holder: try row["lease_node"],
            leaseUntil: try row["lease_until"], isRemoved: try row["is_removed"], job: try row["job"],
            reason: try row["reason"])
    }
}

struct ListUploads: Statement {
    var state: String?
    var owner: String?
    var limit: Int

    static let sql = UploadRecord.select(
        """
        removed_at IS NULL AND ($1::text IS NULL OR state = $1::text) AND ($2::text IS NULL OR owner = $2::text)
        ORDER BY expires_at DESC LIMIT $3::bigint
        """)

    var parameters: [any SQLEncodable] { [state, owner, limit] }

    static func decode(_ row: Row) throws -> UploadRecord { try UploadRecord(row: row) }
}

struct FindUploadRecord: Statement {
    var id: UUID

    static let sql = UploadRecord.select("id = $1::uuid")

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> UploadRecord { try UploadRecord(row: row) }
}

/// Raises the fence, so that a writer finds its claim lost with its next checkpoint. Its row: why not, or null.
struct ExpireByHand: Statement {
    var id: UUID

    static let sql = """
        WITH asked AS (
            SELECT id, state, removed_at, concat FROM upload WHERE id = $1::uuid FOR UPDATE
        ), ended AS (
            UPDATE upload SET
                state = CASE upload.state WHEN 'open' THEN 'expired' ELSE upload.state END,
                fence = fence + 1, lease_node = NULL, lease_until = NULL,
                finished_at = coalesce(finished_at, now()), removed_at = now()
            FROM asked WHERE upload.id = asked.id AND (asked.state <> 'complete' OR asked.concat = 'partial')
                AND asked.removed_at IS NULL
        )
        SELECT CASE
            WHEN removed_at IS NOT NULL THEN 'it has gone already'
            WHEN state = 'complete' AND concat IS DISTINCT FROM 'partial'
                THEN 'all its bytes are there; cancel its job first' END AS refusal
        FROM asked
        """

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> String? { try row["refusal"] }
}
