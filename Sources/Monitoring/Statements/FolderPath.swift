/// A folder's path as a sub-select that yields the column `names`.
enum FolderPath {
    /// One row, or none if the folder has gone.
    /// - Parameters:
    ///   - folder: the column or expression that holds its id.
    ///   - more: a further column, made of the rows of `trail`: the folder and those above it.
    static func names(of folder: String, and more: String? = nil) -> String {
        """
        WITH RECURSIVE trail AS (
            SELECT id, parent_id, name, 0 AS height FROM item WHERE id = \(folder)
            UNION ALL
            SELECT parent.id, parent.parent_id, parent.name, trail.height + 1
            FROM trail JOIN item AS parent ON parent.id = trail.parent_id
        )
        SELECT coalesce(array_agg(name ORDER BY height DESC) FILTER (WHERE parent_id IS NOT NULL), '{}') AS names
            \(more.map { ", " + $0 } ?? "")
        FROM trail HAVING count(*) > 0
        """
    }
}
