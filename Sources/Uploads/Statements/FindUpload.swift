import Foundation
import Postgres
import UploadProtocol

/// The upload as it is, and where its item stands; takes no lock.
struct FindUpload: Statement {
    var id: UploadID

    /// `standing` has no row when there is no item.
    static let found = """
        SELECT \(Upload.columns), item_folder, item_name
        FROM upload LEFT JOIN LATERAL (
            SELECT item.parent_id AS item_folder, item.name AS item_name FROM item
            WHERE item.id = upload.item_id LIMIT 1) AS standing ON true
        """

    static let sql = "\(found) WHERE id = $1::uuid"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> Upload {
        var upload = try Upload(row: row)
        if let folder: UUID = try row["item_folder"] {
            upload.standing = Upload.Standing(folder: folder, name: try row["item_name"])
        }
        return upload
    }
}

/// Those of these uploads that there are; each once, in any order. Takes no lock.
struct FindUploads: Statement {
    var ids: [UploadID]

    static let sql = "\(FindUpload.found) WHERE id = ANY($1::uuid[])"

    var parameters: [any SQLEncodable] { [ids.map(\.description)] }

    static func decode(_ row: Row) throws -> Upload { try FindUpload.decode(row) }

    /// For questions that come at the same time.
    static func shared(_ pool: PostgresPool) -> SharedRead<UploadID, Upload?> {
        SharedRead { ids in
            guard ids.count > 1 else { return [try await pool.first(FindUpload(id: ids[0]))] }
            return try await pool.query(FindUploads(ids: ids)).placed(by: ids) { $0.id }
        }
    }
}

extension Collection {
    /// What was found, at the places of its ids; nil where nothing was.
    func placed(by ids: [UploadID], _ id: (Element) -> UploadID) -> [Element?] {
        let byID = Dictionary(map { (id($0), $0) }, uniquingKeysWith: { $1 })
        return ids.map { byID[$0] }
    }
}
