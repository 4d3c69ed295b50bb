import Postgres
import UploadProtocol

/// Keeps the length of an upload that was deferred. No row changed: the claim is lost, or another length is known.
struct SetLength: Statement {
    var id: UploadID
    var fence: Int64
    var length: Int64

    static let sql = """
        UPDATE upload SET length = $3::bigint
        WHERE id = $1::uuid AND fence = $2::bigint AND state = 'open' AND lease_node IS NOT NULL
            AND (length IS NULL OR length = $3::bigint)
            AND ("offset" < $3::bigint OR (dialect = 'draft' AND "offset" = $3::bigint))
        RETURNING \(Upload.columns)
        """

    var parameters: [any SQLEncodable] { [id, fence, length] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
