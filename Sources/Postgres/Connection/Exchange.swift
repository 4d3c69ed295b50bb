import Synchronization

/// Sending one command and waiting for all that it brings: the only way that a connection talks to the server.
extension PostgresConnection {
    /// Returns the last result. Throws `PostgresError`; a lost or silent connection is closed first.
    ///
    /// A cancelled task cancels the statement on the server and goes on waiting for what becomes of it, so that the
    /// connection stays usable: if the statement came to its end all the same, its result is returned.
    /// - Parameters:
    ///   - isCancellable: false for what must be done even by a cancelled task (ROLLBACK).
    ///   - hasEffect: false for what leaves nothing behind when the connection is lost (PREPARE, BEGIN).
    func exchange(
        isCancellable: Bool = true, hasEffect: Bool = true, _ send: (borrowing Libpq) -> Bool
    ) async throws -> QueryResult {
        if isCancellable, Task.isCancelled { throw PostgresError(.cancelled, "cancelled before it was sent") }
        let sent = try begin(hasEffect: hasEffect, send)
        let cancel = CancelRequest()
        let results = try await withTaskCancellationHandler {
            try await receive(sent)
        } onCancel: {
            if isCancellable { cancel.send(session.withLock { $0.libpq.makeCancelHandle() }) }
        }
        if await !cancel.settled(by: sent.settleDeadline) { close() }
        return try check(results, sent, wasCancelled: cancel.wasSent)
    }

    private struct Sent {
        let timeout: Duration?
        /// An open transaction is undone with its connection; anything else may be committed without our knowing.
        let mayTakeEffect: Bool
        let at = ContinuousClock.now
        var deadline: ContinuousClock.Instant? { timeout.map { at + $0 + PostgresConfiguration.silenceAllowance } }
        var settleDeadline: ContinuousClock.Instant { max(deadline ?? .now, .now + .seconds(1)) }
    }

    private func begin(hasEffect: Bool, _ send: (borrowing Libpq) -> Bool) throws -> Sent {
        try session.withLock { session in
            guard session.libpq.isOpen else { throw PostgresError(.closed, "the connection is closed") }
            let mayTakeEffect = hasEffect && !session.libpq.isInTransaction
            guard send(session.libpq) else {
                throw PostgresError(.connectionLost, session.libpq.errorMessage)
            }
            return Sent(timeout: session.statementTimeout, mayTakeEffect: mayTakeEffect)
        }
    }

    private func receive(_ sent: Sent) async throws -> [QueryResult] {
        while true {
            let (progress, descriptor) = session.withLock { ($0.libpq.advance(), $0.libpq.descriptor) }
            switch progress {
            case .finished(let results): return results
            case .lost(let error): throw lose(error, sent)
            case .wait(let interest):
                try await wait(descriptor, interest, sent)
            }
        }
    }

    private func wait(_ descriptor: Int32, _ interest: SocketReadiness.Interest, _ sent: Sent) async throws {
        switch await SocketReadiness.shared.wait(slot, descriptor: descriptor, for: interest, until: sent.deadline) {
        case .ready, .interrupted: return
        case .deadline:
            let waited = (sent.timeout ?? .zero) + PostgresConfiguration.silenceAllowance
            throw lose(PostgresError(.statementTimeout, "the server was silent for \(waited)"), sent)
        case .failed(let number):
            throw lose(PostgresError(.connectionLost, "cannot watch the socket: errno \(number)"), sent)
        }
    }

    private func lose(_ error: PostgresError, _ sent: Sent) -> PostgresError {
        close()
        var error = error
        error.mayHaveTakenEffect = sent.mayTakeEffect
        return error
    }

    private func check(_ results: [QueryResult], _ sent: Sent, wasCancelled: Bool) throws -> QueryResult {
        // An error can follow a result: deferred constraints are checked when the command is already complete.
        if var error = results.compactMap(\.error).last {
            if error.sqlState == "57014" {
                let isLate = sent.timeout.map { ContinuousClock.now - sent.at >= $0 } ?? false
                error.code = isLate && !wasCancelled ? .statementTimeout : .cancelled
            }
            throw error
        }
        guard let last = results.last else { throw PostgresError(.server, "the server gave no result") }
        return last
    }
}
