import Postgres
import UploadProtocol

/// The parts of a final that is about to be made, in the order of their ids; none of them changes until the transaction
/// ends. Each comes once.
struct LockParts: Statement {
    var ids: [UploadID]

    static let sql = "SELECT \(Upload.columns) FROM upload WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE"

    var parameters: [any SQLEncodable] { [ids.map(\.description)] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}

/// The parts of a final upload in their order; takes no lock.
struct PartsOfFinal: Statement {
    var final: UploadID

    static let sql = """
        SELECT \(Upload.columns) FROM upload_part JOIN upload ON upload.id = upload_part.part_id
        WHERE upload_part.upload_id = $1::uuid ORDER BY position
        """

    var parameters: [any SQLEncodable] { [final] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}

/// The finals that wait for a part, in the order of their ids, locked.
struct LockFinalsOfPart: Statement {
    var part: UploadID

    static let sql = """
        SELECT id FROM upload WHERE id = ANY (ARRAY(SELECT upload_id FROM upload_part WHERE part_id = $1::uuid))
            AND state = 'complete' AND length IS NULL
        ORDER BY id FOR NO KEY UPDATE
        """

    var parameters: [any SQLEncodable] { [part] }

    static func decode(_ row: Row) throws -> UploadID { try row["id"] }
}

/// A final that waits, locked.
struct LockFinal: Statement {
    var id: UploadID

    static let sql = """
        SELECT id FROM upload WHERE id = $1::uuid AND state = 'complete' AND length IS NULL FOR NO KEY UPDATE
        """

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> UploadID { try row["id"] }
}

/// Finals that wait although there is nothing to wait for: a part is gone, or none is open. Locked; those that somebody
/// else has locked are left out.
struct LockUnsettledFinals: Statement {
    var limit: Int

    static let sql = """
        SELECT id FROM upload
        WHERE id = ANY (ARRAY(SELECT upload_id FROM job WHERE state = 'queued' AND waits))
            AND state = 'complete' AND length IS NULL
            AND (SELECT bool_or(part.state NOT IN ('open', 'complete')) OR bool_and(part.state <> 'open')
                FROM upload_part JOIN upload AS part ON part.id = upload_part.part_id
                WHERE upload_part.upload_id = upload.id)
        ORDER BY id LIMIT $1::bigint FOR NO KEY UPDATE SKIP LOCKED
        """

    var parameters: [any SQLEncodable] { [limit] }

    static func decode(_ row: Row) throws -> UploadID { try row["id"] }
}
