/// The pool at one moment, for metrics.
package struct PoolFigures: Sendable, Equatable {
    /// Open connections, idle or leased; at most `limit`.
    package var size: Int
    package var limit: Int
    package var idle: Int
    package var leased: Int
    /// Callers that wait for a connection.
    package var waiting: Int
    /// Failed attempts to connect since the pool was made.
    package var connectFailures: Int
}
