package import Logging
import Meters
import ServiceLifecycle
import Synchronization

/// One connection that listens for notifications, for as long as the program runs.
///
/// Notifications are hints: PostgreSQL keeps none for a listener that is away. So whenever something may have been
/// missed (first connection, reconnection, a reader that is too slow) the stream says `.gap`, and its reader reads the
/// tables again; what is notified after a gap comes after it.
package final class PostgresListener: Service, Sendable {
    package enum Event: Sendable, Equatable {
        case notification(channel: String, payload: String)
        /// Connected, again or for the first time, or events were dropped: anything may have been missed.
        case gap
    }

    struct Guarded {
        var state = ListenerState()
        var connection: PostgresConnection?
    }

    let configuration: PostgresConfiguration
    let logger: Logger
    let guarded = Mutex(Guarded())
    /// Events that a slow reader may leave unread; one more drops the oldest two and ends with a gap.
    static let bufferedEvents = 256
    private static let backoff = Backoff(first: .milliseconds(50), longest: .seconds(2))

    package init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// A stream of its own for each caller, before or during `run()`; it starts with a gap once LISTEN has taken
    /// effect and ends with `run()`. Ending the iteration unregisters it; with the last one goes the LISTEN. A name
    /// that PostgreSQL does not take (empty, over 63 bytes) gives a stream that has ended, and an error in the log.
    package func events(on channel: String) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.bufferedEvents)
        )
        let isName = (1...63).contains(channel.utf8.count) && !channel.utf8.contains(0)
        if !isName { logger.error("not a channel name", metadata: ["channel": "\(channel)"]) }
        let id: Int? = guarded.withLock { guarded in
            guarded.state.isEnded || !isName ? nil : guarded.state.add(continuation, on: channel)
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id, from: channel) }
        interrupt()
        return stream
    }

    private func remove(_ id: Int, from channel: String) {
        guarded.withLock { $0.state.remove(id, from: channel) }
        interrupt()
    }

    func interrupt() {
        guarded.withLock { $0.connection }?.interrupt()
    }

    /// Reconnects for ever; returns after a graceful shutdown. Throws at once when the configuration is not valid.
    package func run() async throws {
        try configuration.validate()
        await cancelWhenGracefulShutdown { await self.connectForEver() }
        for continuation in guarded.withLock({ $0.state.end() }) { continuation.finish() }
    }

    private func connectForEver() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let connection = try await PostgresConnection.connect(configuration, attempt: failures, logger: logger)
                defer { detach(connection) }
                try await attach(connection)
                if failures > 0 {
                    logger.info("listening for notifications again")
                    Measured.reconnects.add(.listener)
                }
                failures = 0
                try await listen(on: connection)
            } catch {
                if Task.isCancelled { return }
                failures += 1
                if failures == 1 { logger.warning("not listening for notifications", metadata: ["error": "\(error)"]) }
                try? await Task.sleep(for: Self.backoff.wait(afterFailures: failures))
            }
        }
    }
}
