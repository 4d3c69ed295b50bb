import Postgres

/// What a user has not finished, for quotas.
struct UnfinishedOf: Statement {
    var owner: String

    static let sql = """
        SELECT count(*) AS uploads, coalesce(sum(coalesce(length, "offset")), 0)::bigint AS bytes
        FROM upload WHERE owner = $1 AND state = 'open' AND removed_at IS NULL AND expires_at > now()
        """

    var parameters: [any SQLEncodable] { [owner] }

    static func decode(_ row: Row) throws -> (uploads: Int, bytes: Int64) {
        (try row["uploads"], try row["bytes"])
    }
}
