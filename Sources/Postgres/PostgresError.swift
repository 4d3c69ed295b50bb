/// Anything that went wrong between the program and PostgreSQL; never holds a password.
package struct PostgresError: Error, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The conninfo is malformed, or the server refuses these credentials or this database: an operator must act.
        case configuration
        /// No connection could be made.
        case unreachable
        /// The connection broke while a statement was under way.
        case connectionLost
        /// All connections stayed in use for the acquire timeout.
        case poolTimeout
        /// The server stopped the statement at its timeout, or stayed silent for 1 s more.
        case statementTimeout
        /// The task was cancelled, or somebody cancelled the statement on the server.
        case cancelled
        /// The server refused the statement; `sqlState` says why.
        case server
        /// A row does not fit what the program expects.
        case decoding
        /// The pool or the connection is closed.
        case closed
    }

    package var code: Code
    package var message: String
    /// The server's five-character code (manual, appendix A), if the server gave one.
    package var sqlState: String?
    /// The violated constraint's name, for SQLSTATE class 23.
    package var constraint: String?
    package var cause: (any Error)?
    /// The name of the `Statement` type, if the error belongs to one.
    package var statement: String?
    /// The statement was sent and nothing tells whether it was committed: read the row before doing it again.
    package var mayHaveTakenEffect = false

    package init(
        _ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil,
        cause: (any Error)? = nil, statement: String? = nil, mayHaveTakenEffect: Bool = false
    ) {
        (self.code, self.message, self.sqlState, self.constraint) = (code, message, sqlState, constraint)
        (self.cause, self.statement, self.mayHaveTakenEffect) = (cause, statement, mayHaveTakenEffect)
    }

    /// The database cannot be used now, and the same request may succeed later: answer 503.
    package var isUnavailable: Bool {
        switch code {
        case .configuration, .unreachable, .connectionLost, .poolTimeout, .statementTimeout, .closed: true
        case .cancelled, .decoding: false
        case .server: sqlState.map(Self.saysUnavailable) ?? false
        }
    }

    /// Connection trouble (08), read-only after a failover (25006), no resources (53), shutting down or starting (57P).
    private static func saysUnavailable(_ sqlState: String) -> Bool {
        sqlState.hasPrefix("08") || sqlState.hasPrefix("53") || sqlState.hasPrefix("57P") || sqlState == "25006"
    }

    package var description: String {
        var text = "\(code): \(message)"
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let statement { text += " [\(statement)]" }
        if mayHaveTakenEffect { text += " (it may have taken effect)" }
        if let cause, !(cause is SQLDecodingError) { text += "; cause: \(cause)" }
        return text
    }
}
