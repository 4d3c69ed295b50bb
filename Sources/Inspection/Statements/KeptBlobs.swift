import Postgres
import UploadProtocol

/// A finished file as its row tells it.
struct KeptBlob: Sendable, Equatable {
    var id: UploadID
    var length: Int64
    var sha256: [UInt8]?
    /// The sweeper is to remove it, or has just done so.
    var isDeleted: Bool
    var hasItem: Bool

    static let columns = """
        id, length, sha256, deleted_at IS NOT NULL AS is_deleted,
        (SELECT item.id FROM item WHERE item.blob_id = blob.id LIMIT 1) IS NOT NULL AS has_item
        """

    init(row: Row) throws {
        id = try row["id"]
        length = try row["length"]
        sha256 = try row["sha256"]
        isDeleted = try row["is_deleted"]
        hasItem = try row["has_item"]
    }
}

/// In the order of their ids.
struct KeptBlobs: Statement {
    /// Those behind this one.
    var after: UploadID
    var limit: Int

    static let sql = """
        SELECT \(KeptBlob.columns) FROM blob WHERE id > $1::uuid ORDER BY id LIMIT $2::bigint
        """

    var parameters: [any SQLEncodable] { [after, limit] }

    static func decode(_ row: Row) throws -> KeptBlob { try KeptBlob(row: row) }
}

struct KeptAgain: Statement {
    var id: UploadID

    static let sql = "SELECT \(KeptBlob.columns) FROM blob WHERE id = $1::uuid"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> KeptBlob { try KeptBlob(row: row) }
}
