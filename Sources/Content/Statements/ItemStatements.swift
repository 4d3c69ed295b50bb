import Foundation
import Postgres

/// The items along a path, the root first, as far as they exist.
struct ResolvePath: Statement {
    var segments: [String]

    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT id, 0 AS depth FROM item WHERE parent_id IS NULL
            UNION ALL
            SELECT child.id, trail.depth + 1
            FROM trail JOIN item AS child
                ON child.parent_id = trail.id AND child.name = ($1::text[])[trail.depth + 1]
        )
        SELECT \(ContentItem.columns) FROM trail JOIN item USING (id) ORDER BY trail.depth
        """

    var parameters: [any SQLEncodable] { [segments] }

    static func decode(_ row: Row) throws -> ContentItem { try ContentItem(row: row) }
}

/// Those of these items that there are; each once, in any order.
struct FindItems: Statement {
    var ids: [UUID]

    static let sql = "SELECT \(ContentItem.columns) FROM item WHERE id = ANY($1::uuid[])"

    var parameters: [any SQLEncodable] { [ids] }

    static func decode(_ row: Row) throws -> ContentItem { try ContentItem(row: row) }
}

/// What the bytes of a finished file hash to.
struct DigestOfBlob: Statement {
    var blob: UUID

    static let sql = "SELECT sha256 FROM blob WHERE id = $1::uuid"

    var parameters: [any SQLEncodable] { [blob] }

    static func decode(_ row: Row) throws -> [UInt8]? { try row["sha256"] }
}

/// The names from below the root down to an item; no row if there is no such item.
struct PathOfItem: Statement {
    var id: UUID

    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT id, parent_id, name, 0 AS height FROM item WHERE id = $1::uuid
            UNION ALL
            SELECT parent.id, parent.parent_id, parent.name, trail.height + 1
            FROM trail JOIN item AS parent ON parent.id = trail.parent_id
        )
        SELECT coalesce(array_agg(name ORDER BY height DESC) FILTER (WHERE parent_id IS NOT NULL), '{}') AS names
        FROM trail HAVING count(*) > 0
        """

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> [String] { try row["names"] }
}

struct CountChildren: Statement {
    var folder: UUID

    static let sql = "SELECT count(*) AS total FROM item WHERE parent_id = $1::uuid AND state = 'published'"

    var parameters: [any SQLEncodable] { [folder] }

    static func decode(_ row: Row) throws -> Int { try row["total"] }
}

struct ListChildren: Statement {
    var folder: UUID
    var offset: Int
    var limit: Int

    static let sql = """
        SELECT \(ContentItem.columns) FROM item WHERE parent_id = $1::uuid AND state = 'published'
        ORDER BY created_at, id OFFSET $2::bigint LIMIT $3::bigint
        """

    var parameters: [any SQLEncodable] { [folder, offset, limit] }

    static func decode(_ row: Row) throws -> ContentItem { try ContentItem(row: row) }
}

/// No row: the name is taken.
struct InsertFolder: Statement {
    var id: UUID
    var parent: UUID
    var name: String
    var title: String
    var description: String
    var owner: String

    static let sql = """
        INSERT INTO item (id, parent_id, name, kind, state, title, description, owner)
        VALUES ($1::uuid, $2::uuid, $3, 'Folder', 'published', $4, $5, $6)
        ON CONFLICT (parent_id, name) DO NOTHING
        RETURNING \(ContentItem.columns)
        """

    var parameters: [any SQLEncodable] { [id, parent, name, title, description, owner] }

    static func decode(_ row: Row) throws -> ContentItem { try ContentItem(row: row) }
}

/// Removes an item and all below it, gives their blobs to the sweeper and ends the uploads into them. Gives the number
/// of items removed.
struct DeleteItem: Statement {
    var id: UUID

    static let sql = """
        WITH RECURSIVE doomed AS (
            SELECT id FROM item WHERE id = $1::uuid AND parent_id IS NOT NULL
            UNION ALL
            SELECT child.id FROM doomed JOIN item AS child ON child.parent_id = doomed.id
        ), ended AS (
            -- Uploads first: the order in which completing and publishing lock them. (Arrays, not joins: a join may
            -- be planned as a scan of a whole table.)
            UPDATE upload SET
                fence = fence + 1, lease_node = NULL, lease_until = NULL, removed_at = now(),
                state = CASE state WHEN 'open' THEN 'terminated' ELSE state END,
                finished_at = coalesce(finished_at, now())
            WHERE folder_id = ANY (ARRAY(SELECT id FROM doomed)) AND removed_at IS NULL
            RETURNING id
        ), removed AS (
            DELETE FROM item WHERE id = ANY (ARRAY(SELECT id FROM doomed)) AND (SELECT count(*) FROM ended) >= 0
            RETURNING id, blob_id
        ), freed AS (
            -- Also a blob that was published while this statement waited, which the snapshot does not have.
            INSERT INTO blob (id, length, deleted_at)
            SELECT blob_id, 0, now() FROM removed WHERE blob_id IS NOT NULL
            ON CONFLICT (id) DO UPDATE SET deleted_at = now()
        )
        SELECT count(*) AS removed FROM removed
        """

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> Int { try row["removed"] }
}
