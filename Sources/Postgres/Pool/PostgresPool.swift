package import Logging
import ServiceLifecycle
import Synchronization

/// At most `poolSize` connections, made on demand, handed out first come, first served, for a bounded wait.
///
/// An idle connection is looked at before it is handed out and replaced when the server has closed it, so a restart of
/// the database costs no statement. It works without `run()`, for a short command: then `close()` ends it.
package final class PostgresPool: Service, Sendable {
    struct Guarded {
        var state: PoolState
        var connections: [Int: PostgresConnection] = [:]
        var waiters: [Int: CheckedContinuation<Lease, any Error>] = [:]
        var lastFailure: PostgresError?
        var lastID = 0
    }

    struct Lease: Sendable {
        let id: Int
        let connection: PostgresConnection
    }

    let configuration: PostgresConfiguration
    let logger: Logger
    let guarded: Mutex<Guarded>
    let drained = Latch()

    package init(_ configuration: PostgresConfiguration, logger: Logger) {
        Measured.begin()
        self.configuration = configuration
        self.logger = logger
        let state = PoolState(size: max(1, configuration.poolSize), acquireTimeout: configuration.acquireTimeout)
        guarded = Mutex(Guarded(state: state))
    }

    /// Returns after a graceful shutdown and `close()`; throws at once when the configuration is not valid.
    package func run() async throws {
        try configuration.validate()
        try? await gracefulShutdown()
        await close()
    }

    /// Refuses new callers, waits for the leased connections (as long as a statement may take) and closes them all.
    package func close() async {
        perform { $0.state.close() }
        let limit = configuration.statementTimeout + PostgresConfiguration.silenceAllowance
        if await !drained.wait(until: .now + limit) {
            logger.warning("the database pool was closed while connections were in use")
        }
    }

    package func query<S: Statement>(_ statement: S) async throws -> [S.Output] {
        try await withConnection { try await $0.query(statement) }
    }

    package func first<S: Statement>(_ statement: S) async throws -> S.Output? {
        try await withConnection { try await $0.first(statement) }
    }

    /// The number of rows affected.
    @discardableResult
    package func execute<S: Statement>(_ statement: S) async throws -> Int {
        try await withConnection { try await $0.execute(statement) }
    }

    /// Lends a connection for the length of `body`. Throws `PostgresError`: `.poolTimeout`, `.unreachable`,
    /// `.configuration` (credentials or database refused), `.cancelled`, `.closed`, or what `body` throws.
    /// A connection that comes back within a transaction is closed.
    package func withConnection<R: Sendable>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        let lease = try await acquire()
        defer { release(lease) }
        return try await body(lease.connection)
    }

    /// Lends a connection for one transaction; see `PostgresConnection.withTransaction`.
    package func withTransaction<R: Sendable>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        try await withConnection { try await $0.withTransaction(body) }
    }

    package var figures: PoolFigures {
        guarded.withLock { guarded in
            let state = guarded.state
            return PoolFigures(
                size: state.idle.count + state.leased.count, limit: state.size, idle: state.idle.count,
                leased: state.leased.count, waiting: state.waiting, connectFailures: state.connectFailures
            )
        }
    }
}
