import Postgres

/// NOTIFY with values that are not literals.
struct Notify: Statement {
    var channel: String
    var payload: String

    static let sql = "SELECT pg_notify($1::text, $2::text)"

    var parameters: [any SQLEncodable] { [channel, payload] }

    static func decode(_ row: Row) throws {}
}
