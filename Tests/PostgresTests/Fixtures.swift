import Logging
import Postgres
import TestSupport

/// A pool on a fresh database of the shared server, closed afterwards.
func withPool<R: Sendable>(
    size: Int = 4, acquireTimeout: Duration = .seconds(20), statementTimeout: Duration = .seconds(20),
    log: TestLog = TestLog(), _ body: (PostgresPool) async throws -> R
) async throws -> R {
    let conninfo = try await PostgresServer.shared().createDatabase()
    let configuration = PostgresConfiguration(
        conninfo: conninfo, poolSize: size, acquireTimeout: acquireTimeout, statementTimeout: statementTimeout
    )
    return try await withPool(configuration, log: log, body)
}

func withPool<R: Sendable>(
    _ configuration: PostgresConfiguration, log: TestLog = TestLog(), _ body: (PostgresPool) async throws -> R
) async throws -> R {
    let pool = PostgresPool(configuration, logger: log.logger)
    do {
        let value = try await body(pool)
        await pool.close()
        return value
    } catch {
        await pool.close()
        throw error
    }
}

/// The `PostgresError` that the body throws; nil when it throws none.
func postgresError(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}

struct One: Statement {
    static let sql = "SELECT 1 AS one"
    static func decode(_ row: Row) throws -> Int { try row["one"] }
}

struct BackendID: Statement {
    static let sql = "SELECT pg_backend_pid() AS pid"
    static func decode(_ row: Row) throws -> Int32 { try row["pid"] }
}

struct Terminate: Statement {
    static let sql = "SELECT pg_terminate_backend($1, 5000)"
    typealias Output = Void
    let pid: Int32
    var parameters: [any SQLEncodable] { [pid] }
}

/// Sleeps on the server, so that something is under way for as long as a test needs it.
struct Sleep: Statement {
    static let sql = "SELECT pg_sleep($1::int)"
    typealias Output = Void
    let seconds: Int
    var parameters: [any SQLEncodable] { [seconds] }
}

struct Sleepers: Statement {
    static let sql = """
        SELECT count(*) AS n FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND wait_event = 'PgSleep'
        """
    static func decode(_ row: Row) throws -> Int { try row["n"] }
}
