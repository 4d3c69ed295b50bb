import Postgres
import UploadProtocol

/// The upload as it is; takes no lock.
struct FindUpload: Statement {
    var id: UploadID

    static let sql = "SELECT \(Upload.columns) FROM upload WHERE id = $1::uuid"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
