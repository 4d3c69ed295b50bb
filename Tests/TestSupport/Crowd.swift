import Postgres
import Synchronization

/// Others who use up a server's connections.
package final class Crowd: Sendable {
    private let server: PostgresServer
    /// One connection each.
    private let pools = Mutex<[PostgresPool]>([])

    package init(_ server: PostgresServer) {
        self.server = server
    }

    /// Takes every connection that the server gives, throws Tussock's processes out and takes their places.
    /// - Returns: whether they are out. They try to come back: then it is to be done again.
    package func pushOut() async throws -> Bool {
        await fill()
        guard let pool = pools.withLock({ $0.first }) else { return false }
        _ = try await pool.query(EndOurConnections())
        await fill()
        return try await pool.query(EndOurConnections()).isEmpty
    }

    /// "sorry, too many clients already"; whatever else goes wrong says nothing of the server's places.
    private static let tooMany = "53300"

    private func fill() async {
        while true {
            let pool = PostgresPool(
                PostgresConfiguration(
                    conninfo: server.conninfo, applicationName: "crowd", poolSize: 1,
                    acquireTimeout: .milliseconds(300)),
                logger: MigratedDatabase.silence)
            do {
                try await pool.withConnection { _ in }
            } catch {
                await pool.close()
                if (error as? PostgresError)?.sqlState == Self.tooMany { return }
                continue
            }
            pools.withLock { $0.append(pool) }
        }
    }

    /// Gives all of them back.
    package func leave() async {
        let all = pools.withLock { pools in
            defer { pools = [] }
            return pools
        }
        for pool in all { await pool.close() }
    }
}

/// The connections of Tussock's processes that there were.
private struct EndOurConnections: Statement {
    static let sql = """
        SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE 'tussock%' AND backend_type = 'client backend'
        """

    static func decode(_ row: Row) throws -> Int { try row["pid"] }
}
