package import Logging
package import Postgres
import ServiceLifecycle

/// Says that a process lives, for those who look; nothing else depends on it.
///
/// The row goes when the process ends; of one that died it stays, ever older, until the sweeper removes it.
package struct Registration: Service {
    /// Between two signs of life.
    package static let heartbeat: Duration = .seconds(5)

    private let pool: PostgresPool
    private let row: RegisterWorker
    private let logger: Logger

    /// - Parameters:
    ///   - id: as in `job.worker`.
    ///   - role: `front` or `finalizer`.
    package init(
        pool: PostgresPool, id: String, role: String, host: String, version: String, concurrency: Int? = nil,
        logger: Logger
    ) {
        self.pool = pool
        self.logger = logger
        row = RegisterWorker(id: id, role: role, host: host, version: version, concurrency: concurrency)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await attempt { try await beat() }
                try? await Task.sleep(for: Self.heartbeat)
            }
        }
        // Also after a cancellation.
        await Task { await attempt { try await pool.execute(ForgetWorker(id: row.id)) } }.value
    }

    package func beat() async throws {
        try await pool.execute(row)
    }

    private func attempt(_ body: () async throws -> Void) async {
        do { try await body() } catch {
            if !Task.isCancelled {
                logger.debug("the register of processes could not be written", metadata: ["error": "\(error)"])
            }
        }
    }
}
