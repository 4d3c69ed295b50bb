/// The end of a statement whose `mine` is a complete upload: the item's name is reserved and its job queued.
///
/// The name is the first free one of stem.ext, stem-1.ext … stem-100.ext, else stem-<microseconds>.ext, as
/// plone.restapi chooses it. SQLSTATE 23505: another upload chose it at once, run the statement again. 23503: the
/// folder has gone.
enum ReserveItem {
    /// - Parameters:
    ///   - stem: the parameter or the column that holds it, such as `$5`.
    ///   - suffix: likewise.
    ///   - source: `mine`, joined with what has those columns.
    static func sql(stem: String, suffix: String, from source: String = "mine") -> String {
        """
        chosen AS (
            -- Scalar sub-selects look at the index once a name; NOT EXISTS may become a scan of all items. The numbers
            -- are not counted unless the first name is taken.
            SELECT mine.id AS chosen_for, coalesce(
                (SELECT plain FROM (SELECT \(stem)::text || \(suffix)::text AS plain) AS wanted
                WHERE (SELECT item.id FROM item
                    WHERE item.parent_id = mine.folder_id AND item.name = plain) IS NULL),
                (SELECT candidate FROM (
                    SELECT n, CASE n
                        WHEN 101 THEN left(\(stem)::text, 220) || '-'
                            || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint || \(suffix)::text
                        ELSE left(\(stem)::text, 235) || '-' || n || \(suffix)::text END AS candidate
                    FROM generate_series(1, 101) AS n) AS candidates
                WHERE (SELECT item.id FROM item
                    WHERE item.parent_id = mine.folder_id AND item.name = candidate) IS NULL
                ORDER BY n LIMIT 1)) AS candidate
            FROM \(source) WHERE NOT mine.replaces
        ), reserved AS (
            INSERT INTO item (id, parent_id, name, kind, state, title, owner, filename, content_type, upload_id)
            SELECT item_id, folder_id, candidate, kind, 'reserved', filename, owner, filename, content_type, mine.id
            FROM mine JOIN chosen ON chosen_for = mine.id
            RETURNING id
        )
        """
    }

    /// The same where `given` has both, for one upload or several.
    static let ofGiven = sql(
        stem: "given_stem", suffix: "given_suffix", from: "mine JOIN given ON given_id = mine.id")

    /// The job, and word of it to the finalizers: `queued` and `told`.
    static let queue = """
        queued AS (
            INSERT INTO job (upload_id, bytes_total, priority, owner, folder_id)
            SELECT id, length, \(priority), owner, \(folder)
            FROM mine
            RETURNING id, upload_id
        ), told AS (
            -- The same word for each: PostgreSQL sends it once a statement.
            SELECT upload_id AS told_of, pg_notify('tussock_jobs', '') FROM queued
        )
        """

    /// The uploads' rows, once their jobs are queued; each with the number of who gave it.
    static let result = """
        SELECT given_number, \(Upload.columns)
        FROM mine JOIN told ON told_of = mine.id JOIN given ON given_id = mine.id
        """

    /// The folder of the job's item.
    static let folder =
        "CASE WHEN replaces THEN (SELECT parent_id FROM item WHERE item.id = mine.folder_id) ELSE folder_id END"

    /// A job's priority by the upload's column `length`: small files go first.
    static let priority = "CASE WHEN length <= 16777216 THEN 0 WHEN length <= 1073741824 THEN 1 ELSE 2 END"
}
