import Foundation
import Postgres

/// Jobs that are not at their end.
struct UnsettledJobs: Statement {
    static let sql = """
        SELECT coalesce(string_agg(format('job %s %s attempt %s worker %s lease %s next %s error %s', id, state,
            attempt, worker, lease_until, next_at, error_message), E'\\n'), '') AS text
        FROM job WHERE state IN ('queued', 'running', 'retrying')
        """

    static func decode(_ row: Row) throws -> String { try row["text"] }
}

/// Makes what waits for its next attempt due: the harness need not wait for the longest pause of a retry.
struct HastenJobs: Statement {
    static let sql = "UPDATE job SET next_at = now() WHERE state IN ('queued', 'retrying')"

    static func decode(_ row: Row) throws {}
}

/// What must not be there at the end, one row each.
struct Leftovers: Statement {
    static let sql = """
        SELECT format('job %s is %s: %s (upload %s)', id, state, error_message, upload_id) AS text
        FROM job WHERE state <> 'done'
        UNION ALL SELECT format('upload %s is %s: %s', id, state, reason) FROM upload
            WHERE state IN ('complete', 'failed', 'expired')
        UNION ALL SELECT format('upload %s is claimed by %s until %s', id, lease_node, lease_until)
            FROM upload WHERE lease_node IS NOT NULL
        UNION ALL SELECT format('attempt %s of job %s has no end', attempt, job_id) FROM job_attempt
            WHERE ended_at IS NULL
        UNION ALL SELECT format('item %s (%s) is reserved', id, name) FROM item WHERE state = 'reserved'
        UNION ALL SELECT format('upload %s has %s items', upload_id, count(*)) FROM item
            WHERE upload_id IS NOT NULL GROUP BY upload_id HAVING count(*) > 1
        UNION ALL SELECT format('item %s (%s) of upload %s, which is %s', item.id, name, upload.id, upload.state)
            FROM item LEFT JOIN upload ON upload.id = item.upload_id
            WHERE item.upload_id IS NOT NULL AND upload.state IS DISTINCT FROM 'finalized'
        UNION ALL SELECT format('item %s (%s) is another length than its upload', item.id, name)
            FROM item JOIN upload ON upload.id = item.upload_id JOIN blob ON blob.id = item.blob_id
            WHERE item.size <> upload.length OR blob.length <> upload.length OR blob.deleted_at IS NOT NULL
        """

    static func decode(_ row: Row) throws -> String { try row["text"] }
}

/// Every upload with the item that it became.
struct EndOfUpload: Sendable {
    var id: String
    var state: String
    var offset: Int64
    var length: Int64
    var metadata: String
    var fences: [Int64]
    var starts: [Int64]
    /// The item's name in the folder; nil: there is none.
    var item: String?
    var blob: String?
}

struct EndsOfUploads: Statement {
    static let sql = """
        SELECT replace(upload.id::text, '-', '') AS id, upload.state, "offset", length, metadata, chunk_fences,
            chunk_starts, item.name, replace(item.blob_id::text, '-', '') AS blob
        FROM upload LEFT JOIN item ON item.upload_id = upload.id AND item.state = 'published'
        ORDER BY upload.created_at
        """

    static func decode(_ row: Row) throws -> EndOfUpload {
        EndOfUpload(
            id: try row["id"], state: try row["state"], offset: try row["offset"], length: try row["length"],
            metadata: try row["metadata"], fences: try row["chunk_fences"], starts: try row["chunk_starts"],
            item: try row["name"], blob: try row["blob"])
    }
}

struct JobAttempts: Statement {
    static let sql = "SELECT count(*) AS n FROM job_attempt"

    static func decode(_ row: Row) throws -> Int { try row["n"] }
}
