import Synchronization

/// What the server sends without being asked: notifications, and the end of the connection.
extension PostgresConnection {
    /// Waits for input, or for `interrupt`; throws `PostgresError` (`.connectionLost`) when the connection is gone.
    func waitForInput() async throws {
        let descriptor = session.withLock { $0.libpq.descriptor }
        let wake = await SocketReadiness.shared.wait(
            slot, descriptor: descriptor, for: .read, until: nil, interruptible: true
        )
        switch wake {
        case .interrupted, .deadline: return
        case .ready: if consumeInput() { return }
        case .failed: break
        }
        let message = session.withLock { $0.libpq.errorMessage }
        close()
        throw PostgresError(.connectionLost, message)
    }

    /// Ends `waitForInput`, now or when it begins.
    func interrupt() {
        SocketReadiness.shared.interrupt(slot)
    }

    func takeNotifications() -> [Libpq.Notification] {
        session.withLock { session in
            var taken: [Libpq.Notification] = []
            while let next = session.libpq.nextNotification() { taken.append(next) }
            return taken
        }
    }

    /// Whether an idle connection still lives: one system call, no round trip. Nothing may come on it: what does is
    /// the server's farewell, the end of the connection, or news of a reloaded setting, and a new connection is right
    /// for all.
    func isAlive() -> Bool {
        isReusable && session.withLock { !$0.libpq.hasInput }
    }

    private func consumeInput() -> Bool {
        session.withLock { $0.libpq.consume() }
    }
}
