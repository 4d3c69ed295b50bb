import Postgres
import UploadProtocol

/// The paths of the items that have a blob, the first three.
struct ItemsOfBlob: Statement {
    var blob: UploadID

    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT id AS item, parent_id, name, 0 AS height FROM item WHERE blob_id = $1::uuid
            UNION ALL
            SELECT trail.item, parent.parent_id, parent.name, trail.height + 1
            FROM trail JOIN item AS parent ON parent.id = trail.parent_id
        )
        SELECT '/' || string_agg(name, '/' ORDER BY height DESC) FILTER (WHERE parent_id IS NOT NULL) AS path
        FROM trail GROUP BY item ORDER BY path LIMIT 3
        """

    var parameters: [any SQLEncodable] { [blob] }

    static func decode(_ row: Row) throws -> String { try row["path"] }
}

/// What an upload is to become and whose it is: `/media/film.mp4 of ann`.
struct SubjectOfUpload: Statement {
    var id: UploadID

    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT item.parent_id, item.name, 0 AS height
            FROM upload JOIN item ON item.id = upload.folder_id WHERE upload.id = $1::uuid
            UNION ALL
            SELECT parent.parent_id, parent.name, trail.height + 1
            FROM trail JOIN item AS parent ON parent.id = trail.parent_id
        )
        SELECT coalesce('/' || (
                SELECT string_agg(name, '/' ORDER BY height DESC) FROM trail WHERE parent_id IS NOT NULL), '')
            || '/' || filename || ' of ' || owner AS subject
        FROM upload WHERE id = $1::uuid
        """

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> String { try row["subject"] }
}
