import Postgres
import UploadProtocol

/// The upload as it is; takes no lock.
struct FindUpload: Statement {
    var id: UploadID

    static let sql = "SELECT \(Upload.columns) FROM upload WHERE id = $1::uuid"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}

/// Those of these uploads that there are; each once, in any order. Takes no lock.
struct FindUploads: Statement {
    var ids: [UploadID]

    static let sql = "SELECT \(Upload.columns) FROM upload WHERE id = ANY($1::uuid[])"

    var parameters: [any SQLEncodable] { [ids.map(\.description)] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }

    /// For questions that come at the same time.
    static func shared(_ pool: PostgresPool) -> SharedStatement<UploadID, Upload?> {
        SharedStatement(reading: { ids in
            guard ids.count > 1 else { return [try await pool.first(FindUpload(id: ids[0]))] }
            let found = try await pool.query(FindUploads(ids: ids))
            let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
            return ids.map { byID[$0] }
        })
    }
}
