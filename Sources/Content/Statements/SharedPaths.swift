import Foundation
import Postgres

/// As `ResolvePath`, for several paths: names are joined by slashes, and the root is an empty text.
struct ResolvePaths: Statement {
    var paths: [[String]]

    /// LATERAL with LIMIT looks at the index for each part; a join may be planned as a scan of all items.
    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT asked.number, string_to_array(asked.path, '/') AS names, root.id, 0 AS depth
            FROM unnest($1::text[]) WITH ORDINALITY AS asked(path, number)
            CROSS JOIN LATERAL (SELECT id FROM item WHERE parent_id IS NULL LIMIT 1) AS root
            UNION ALL
            SELECT trail.number, trail.names, child.id, trail.depth + 1
            FROM trail CROSS JOIN LATERAL (
                SELECT item.id FROM item
                WHERE item.parent_id = trail.id AND item.name = trail.names[trail.depth + 1] LIMIT 1) AS child
        )
        SELECT trail.number, found.* FROM trail
        CROSS JOIN LATERAL (SELECT \(ContentItem.columns) FROM item WHERE item.id = trail.id LIMIT 1) AS found
        ORDER BY trail.number, trail.depth
        """

    var parameters: [any SQLEncodable] { [paths.map { $0.joined(separator: "/") }] }

    /// The number of the path, from 1, and an item along it.
    static func decode(_ row: Row) throws -> (number: Int, item: ContentItem) {
        (try row["number"], try ContentItem(row: row))
    }
}

/// As `PathOfItem`, for several items; no row for one that there is not.
struct PathsOfItems: Statement {
    var ids: [UUID]

    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT id AS item_id, parent_id, name, 0 AS height FROM item WHERE id = ANY($1::uuid[])
            UNION ALL
            SELECT trail.item_id, parent.parent_id, parent.name, trail.height + 1
            FROM trail CROSS JOIN LATERAL (
                SELECT item.parent_id, item.name FROM item WHERE item.id = trail.parent_id LIMIT 1) AS parent
        )
        SELECT item_id,
            coalesce(array_agg(name ORDER BY height DESC) FILTER (WHERE parent_id IS NOT NULL), '{}') AS names
        FROM trail GROUP BY item_id
        """

    var parameters: [any SQLEncodable] { [ids] }

    static func decode(_ row: Row) throws -> (id: UUID, names: [String]) { (try row["item_id"], try row["names"]) }
}
