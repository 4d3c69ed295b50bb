/// A named SQL statement: its text, its parameters and the value of its row.
///
/// It is prepared once per connection, when first used, under a name derived from the type, so `sql` must be the
/// same text every time. It is prepared again after a reconnect, and when the server says that the prepared one is
/// gone (26000) or no longer fits the schema (0A000).
package protocol Statement: Sendable {
    associatedtype Output: Sendable
    /// One SQL command with `$1`, `$2`, … for the parameters.
    static var sql: String { get }
    /// The values of `$1`, `$2`, …; none by default.
    var parameters: [any SQLEncodable] { get }
    /// The value of one row; throws `PostgresError` (`.decoding`) when the row does not fit.
    static func decode(_ row: Row) throws -> Output
}

extension Statement {
    package var parameters: [any SQLEncodable] { [] }

    /// How errors call the statement.
    static var displayName: String { String(reflecting: Self.self) }
}

extension Statement where Output == Void {
    package static func decode(_ row: Row) throws {}
}
