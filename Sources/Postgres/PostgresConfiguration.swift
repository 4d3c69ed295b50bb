/// Where the database is and how long anything may take.
package struct PostgresConfiguration: Sendable {
    /// libpq's URI or key=value conninfo (manual, section 34.1.1); what it leaves out comes from libpq's environment.
    package var conninfo: String
    /// Shown in `pg_stat_activity`; an `application_name` in `conninfo` wins.
    package var applicationName: String
    /// The most connections that the pool opens.
    package var poolSize: Int
    /// How long a caller waits for a connection, whether all are in use or none can be made.
    package var acquireTimeout: Duration
    /// The server stops a statement after this long; the client gives up 1 s later when the server is silent.
    package var statementTimeout: Duration
    /// How long one attempt to connect may take, authentication included.
    package var connectTimeout: Duration

    package init(
        conninfo: String, applicationName: String = "tussock", poolSize: Int = 8,
        acquireTimeout: Duration = .seconds(3), statementTimeout: Duration = .seconds(10),
        connectTimeout: Duration = .seconds(3)
    ) {
        self.conninfo = conninfo
        self.applicationName = applicationName
        self.poolSize = poolSize
        self.acquireTimeout = acquireTimeout
        self.statementTimeout = statementTimeout
        self.connectTimeout = connectTimeout
    }

    /// Refuses malformed conninfo and limits at start, without connecting.
    ///
    /// Throws `PostgresError` (`.configuration`) with libpq's message, in which nothing of a password is left.
    package func validate() throws {
        _ = try Conninfo(conninfo)
        guard poolSize >= 1 else {
            throw PostgresError(.configuration, "poolSize is \(poolSize); it must be at least 1")
        }
        let limits = [
            ("acquireTimeout", acquireTimeout), ("statementTimeout", statementTimeout),
            ("connectTimeout", connectTimeout),
        ]
        for (name, limit) in limits where limit < .milliseconds(1) {
            throw PostgresError(.configuration, "\(name) is \(limit); it must be at least 1 ms")
        }
    }

    /// How much longer than the server the client waits before it takes the server for silent.
    static let silenceAllowance = Duration.seconds(1)
}

extension Duration {
    /// Whole milliseconds, rounded up, so that a short wait never becomes none.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
