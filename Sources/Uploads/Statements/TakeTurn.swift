import Postgres
import UploadProtocol

/// Makes a request the newest of those that want the upload: whoever waits with an older turn gives way.
struct TakeTurn: Statement {
    var id: UploadID

    static let sql = "UPDATE upload SET turn = turn + 1 WHERE id = $1::uuid RETURNING \(Upload.columns)"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
