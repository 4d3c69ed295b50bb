import Logging
import Meters
import Synchronization

/// Getting a connection and giving it back.
extension PostgresPool {
    func acquire() async throws -> Lease {
        let begin = ContinuousClock.now
        let deadline = begin + configuration.acquireTimeout
        defer { Measured.poolWait.record(since: begin) }
        var lease = try await wait(until: deadline, returning: false)
        while !lease.connection.isAlive() {
            lease.connection.retire()
            release(lease)
            lease = try await wait(until: deadline, returning: true)
        }
        return lease
    }

    func release(_ lease: Lease) {
        let isReusable = lease.connection.isReusable
        perform { $0.state.release(lease.id, isReusable: isReusable) }
    }

    private func wait(until deadline: ContinuousClock.Instant, returning: Bool) async throws -> Lease {
        let id = nextID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform { guarded in
                    guarded.waiters[id] = continuation
                    return guarded.state.acquire(id, deadline: deadline, returning: returning, now: .now)
                }
                // The handler may have run before there was anybody to cancel.
                if Task.isCancelled { perform { $0.state.cancel(id) } }
            }
        } onCancel: {
            perform { $0.state.cancel(id) }
        }
    }

    private func nextID() -> Int {
        guarded.withLock { guarded in
            guarded.lastID += 1
            return guarded.lastID
        }
    }

    /// Changes the state under the lock and carries its actions out: what must be atomic with it under the lock, what
    /// resumes others after it.
    func perform(_ change: (inout Guarded) -> [PoolState.Action]) {
        let effects = guarded.withLock { guarded in
            let actions = change(&guarded)
            let effects = actions.map { effect(of: $0, in: &guarded) }
            return effects + (guarded.state.isDrained ? [{ $0.drained.open() }] : [])
        }
        for effect in effects { effect(self) }
    }

    private typealias Effect = @Sendable (PostgresPool) -> Void

    private func effect(of action: PoolState.Action, in guarded: inout Guarded) -> Effect {
        switch action {
        case .connect:
            let attempt = guarded.state.failuresInARow
            return { $0.connect(attempt: attempt) }
        case .retry(let failures): return { $0.retry(afterFailures: failures) }
        case .wake(let instant): return { $0.wake(at: instant) }
        case .lease(let id, let waiter):
            let continuation = guarded.waiters.removeValue(forKey: waiter)
            guard let connection = guarded.connections[id] else { return { _ in } }
            return { _ in continuation?.resume(returning: Lease(id: id, connection: connection)) }
        case .refuse(let waiter, let reason):
            let continuation = guarded.waiters.removeValue(forKey: waiter)
            let error = refusal(reason, cause: guarded.lastFailure)
            return { _ in continuation?.resume(throwing: error) }
        case .close(let id):
            let connection = guarded.connections.removeValue(forKey: id)
            return { _ in connection?.close() }
        }
    }

    private func refusal(_ reason: PoolState.Refusal, cause: PostgresError?) -> PostgresError {
        switch reason {
        case .closed: PostgresError(.closed, "the database pool is closed")
        case .cancelled: PostgresError(.cancelled, "cancelled while waiting for a connection")
        case .timeout:
            PostgresError(
                .poolTimeout,
                "all \(configuration.poolSize) connections stayed in use for \(configuration.acquireTimeout)"
            )
        case .unreachable: unreachable(cause)
        }
    }

    private func unreachable(_ cause: PostgresError?) -> PostgresError {
        guard let cause else {
            return PostgresError(.unreachable, "the database gave no connection within \(configuration.acquireTimeout)")
        }
        let what = cause.code == .configuration ? "the database refuses us" : "the database is unreachable"
        return PostgresError(cause.code, "\(what): \(cause.message)", sqlState: cause.sqlState, cause: cause)
    }
}
