import Postgres
import UploadProtocol

/// Ends an open upload, or removes the tombstone of a finished one (the item stays). No row: it has been claimed or
/// ended meanwhile; read it again.
struct TerminateUpload: Statement {
    var id: UploadID
    var fence: Int64

    static let sql = """
        UPDATE upload SET
            fence = fence + 1,
            state = CASE state WHEN 'open' THEN 'terminated' ELSE state END,
            finished_at = coalesce(finished_at, now()),
            removed_at = now()
        WHERE id = $1::uuid AND fence = $2::bigint AND lease_node IS NULL AND removed_at IS NULL
        RETURNING id
        """

    var parameters: [any SQLEncodable] { [id, fence] }

    static func decode(_ row: Row) throws -> UploadID { try row["id"] }
}

/// Removes the row of a terminated upload.
struct ForgetUpload: Statement {
    var id: UploadID

    static let sql = "DELETE FROM upload WHERE id = $1::uuid AND state = 'terminated'"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws {}
}
