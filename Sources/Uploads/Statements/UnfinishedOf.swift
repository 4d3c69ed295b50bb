import Postgres

/// What a user has not finished, for quotas: open uploads, and partial ones that no published item is made of, since
/// their bytes are for nothing but a final upload to come.
struct UnfinishedOf: Statement {
    var owner: String

    static let sql = """
        SELECT count(*) AS uploads, coalesce(sum(coalesce(length, "offset")), 0)::bigint AS bytes
        FROM upload
        WHERE owner = $1 AND removed_at IS NULL AND expires_at > now()
            AND (state = 'open' OR (state = 'complete' AND concat = 'partial'))
            -- A scalar sub-select looks at the index once an upload; NOT EXISTS may become a scan of all parts.
            AND (state = 'open' OR (
                SELECT final.id FROM upload_part JOIN upload AS final ON final.id = upload_part.upload_id
                WHERE upload_part.part_id = upload.id AND final.state = 'finalized' LIMIT 1) IS NULL)
        """

    var parameters: [any SQLEncodable] { [owner] }

    static func decode(_ row: Row) throws -> (uploads: Int, bytes: Int64) {
        (try row["uploads"], try row["bytes"])
    }
}
