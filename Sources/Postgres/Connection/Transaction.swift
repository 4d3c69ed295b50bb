import Synchronization

extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT; when it throws, rolls back and throws the same error.
    ///
    /// Throws `PostgresError`: 25001 inside another transaction; 25P02 when a statement had failed and `body` hid it,
    /// so that COMMIT undid everything. A failed COMMIT whose connection is lost `mayHaveTakenEffect`. A connection
    /// that cannot roll back is closed. Cancellation is seen before COMMIT, not during it.
    package func withTransaction<R: Sendable>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        guard session.withLock({ $0.libpq.isIdle || !$0.libpq.isUsable }) else {
            throw PostgresError(.server, "a transaction is already in progress", sqlState: "25001")
        }
        _ = try await script("BEGIN", hasEffect: false)
        do {
            let value = try await body(self)
            if Task.isCancelled { throw PostgresError(.cancelled, "cancelled before COMMIT") }
            try await commit()
            return value
        } catch {
            await rollBack()
            throw error
        }
    }

    private func commit() async throws {
        do {
            let result = try await script("COMMIT", isCancellable: false)
            guard result.commandTag == "ROLLBACK" else { return }
        } catch var error as PostgresError where [.connectionLost, .statementTimeout].contains(error.code) {
            error.mayHaveTakenEffect = true
            throw error
        }
        throw PostgresError(
            .server, "a statement of the transaction had failed, so COMMIT rolled it back", sqlState: "25P02"
        )
    }

    private func rollBack() async {
        let isOver = session.withLock { $0.libpq.isIdle || !$0.libpq.isUsable }
        if isOver { return }
        do { _ = try await script("ROLLBACK", isCancellable: false) } catch { close() }
    }
}
