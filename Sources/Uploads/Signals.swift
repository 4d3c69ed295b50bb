import Synchronization

/// Waking those who wait for something that happened elsewhere, by key.
///
/// A signal carries no truth: whoever is woken, or has waited long enough, reads the row. So a lost signal costs time
/// and nothing else.
package final class Signals<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var waiters: [Key: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// A wait that begins now, so that a signal between the look at the row and the wait is not missed. For one wait:
    /// a stream whose reader was cancelled is over.
    package struct Ticket: ~Copyable, Sendable {
        let stream: AsyncStream<Void>

        /// True when the signal came, false after `timeout` or when the task was cancelled.
        package consuming func wait(atMost timeout: Duration) async -> Bool {
            let stream = stream
            return await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await _ in stream { return true }
                    return false
                }
                group.addTask {
                    try? await Task.sleep(for: timeout)
                    return false
                }
                let signalled = await group.next() ?? false
                group.cancelAll()
                return signalled
            }
        }
    }

    package func ticket(for key: Key) -> Ticket {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.waiters[key, default: [:]][state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.forget(key, number) }
        return Ticket(stream: stream)
    }

    package func fire(_ key: Key) {
        for waiter in state.withLock({ $0.waiters[key].map { Array($0.values) } ?? [] }) { waiter.yield() }
    }

    /// After a gap in the notifications: everybody looks again.
    package func fireAll() {
        for waiter in state.withLock({ $0.waiters.values.flatMap { Array($0.values) } }) { waiter.yield() }
    }

    private func forget(_ key: Key, _ number: UInt64) {
        state.withLock { state in
            state.waiters[key]?[number] = nil
            if state.waiters[key]?.isEmpty == true { state.waiters[key] = nil }
        }
    }
}
