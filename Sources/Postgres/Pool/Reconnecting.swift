import Logging
import Meters
import Synchronization

/// Making connections in the background, while somebody waits for one.
extension PostgresPool {
    private static let backoff = Backoff(first: .milliseconds(50), longest: .seconds(1))

    func connect(attempt: Int) {
        let began = ContinuousClock.now
        PostgresConnection.start(configuration, attempt: attempt, logger: logger) { result in
            switch result {
            case .success(let connection): self.connected(connection)
            case .failure(let error): self.connectFailed(error, began: began)
            }
        }
    }

    private func connected(_ connection: PostgresConnection) {
        let hadFailed = guarded.withLock { $0.lastFailure.take() } != nil
        if hadFailed {
            logger.info("the database is reachable again")
            Measured.reconnects.add(.pool)
        }
        perform { guarded in
            guarded.lastID += 1
            guarded.connections[guarded.lastID] = connection
            return guarded.state.connected(guarded.lastID)
        }
    }

    private func connectFailed(_ error: any Error, began: ContinuousClock.Instant) {
        let failure = error as? PostgresError ?? PostgresError(.unreachable, "\(error)")
        let isFirst = guarded.withLock { guarded in
            defer { guarded.lastFailure = failure }
            return guarded.lastFailure == nil
        }
        if isFirst { logger.warning("cannot connect to the database", metadata: ["error": "\(failure)"]) }
        let isFinal = failure.code == .configuration
        perform { $0.state.connectFailed(isFinal: isFinal, began: began, now: .now) }
    }

    func retry(afterFailures failures: Int) {
        later(.now + Self.backoff.wait(afterFailures: failures)) { $0.perform { $0.state.retry() } }
    }

    func wake(at instant: ContinuousClock.Instant) {
        later(instant) { $0.perform { $0.state.tick(now: .now) } }
    }

    /// At most one of each kind is pending, for at most the acquire timeout.
    private func later(_ instant: ContinuousClock.Instant, _ body: @escaping @Sendable (PostgresPool) -> Void) {
        Task {
            try? await ContinuousClock().sleep(until: instant)
            body(self)
        }
    }
}
