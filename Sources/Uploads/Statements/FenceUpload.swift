import Postgres
import UploadProtocol

/// Takes the claim away from a holder that does not answer, and gives it to nobody: for HEAD and DELETE, whose answer
/// must stand. No row: the holder has gone, or another took its place.
struct FenceUpload: Statement {
    var id: UploadID
    /// The holder's fence.
    var fence: Int64

    static let sql = """
        UPDATE upload SET fence = fence + 1, lease_node = NULL, lease_until = NULL, clean = false
        WHERE id = $1::uuid AND fence = $2::bigint AND lease_node IS NOT NULL
        RETURNING \(Upload.columns)
        """

    var parameters: [any SQLEncodable] { [id, fence] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
