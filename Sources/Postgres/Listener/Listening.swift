import Synchronization

/// The life of one connection of the listener.
extension PostgresListener {
    /// Takes the connection into use: LISTEN has taken effect on every channel when it returns.
    func attach(_ connection: PostgresConnection) async throws {
        guarded.withLock { guarded in
            guarded.connection = connection
            guarded.state.connected()
        }
        try await follow(connection)
    }

    func detach(_ connection: PostgresConnection) {
        guarded.withLock { $0.connection = nil }
        connection.close()
    }

    /// Until the connection breaks (throws) or the task is cancelled (returns).
    func listen(on connection: PostgresConnection) async throws {
        try await withTaskCancellationHandler {
            while !Task.isCancelled { try await turn(connection) }
        } onCancel: {
            connection.interrupt()
        }
    }

    private func turn(_ connection: PostgresConnection) async throws {
        try await follow(connection)
        for newcomer in guarded.withLock({ $0.state.takeNewcomers() }) { Self.deliver(.gap, to: newcomer) }
        for notification in connection.takeNotifications() { deliver(notification) }
        try await connection.waitForInput()
    }

    /// Makes what the server sends match what the subscribers want.
    private func follow(_ connection: PostgresConnection) async throws {
        for channel in guarded.withLock({ $0.state.toListen }) {
            try await connection.executeScript("LISTEN \(Self.quoted(channel))")
            guarded.withLock { $0.state.listened(channel) }
        }
        for channel in guarded.withLock({ $0.state.toUnlisten }) {
            try await connection.executeScript("UNLISTEN \(Self.quoted(channel))")
            guarded.withLock { $0.state.unlistened(channel) }
        }
    }

    private func deliver(_ notification: Libpq.Notification) {
        let receivers = guarded.withLock { $0.state.receivers(of: notification.channel) }
        let event = Event.notification(channel: notification.channel, payload: notification.payload)
        for receiver in receivers { Self.deliver(event, to: receiver) }
    }

    /// A full buffer drops its oldest event, so the gap goes in as the newest.
    static func deliver(_ event: Event, to receiver: AsyncStream<Event>.Continuation) {
        if case .dropped = receiver.yield(event), event != .gap { receiver.yield(.gap) }
    }

    private static func quoted(_ channel: String) -> String {
        "\"\(channel.replacing("\"", with: "\"\""))\""
    }
}
