import Synchronization

/// Waking those who wait for something that happened elsewhere, by key.
///
/// A signal carries no truth: whoever is woken, or has waited long enough, reads the row. So a lost signal costs time
/// and nothing else.
package final class Signals<Key: Hashable & Sendable>: Sendable {
    private struct Entry {
        let waiter: SignalWaiter
        var deadline: ContinuousClock.Instant?
    }

    private struct State {
        var entries: [Key: [UInt64: Entry]] = [:]
        var next: UInt64 = 0
        /// When waits are looked through for those that have lasted long enough: nearly all of them end before, so one
        /// timer is for all. nil: none waits.
        var alarm: ContinuousClock.Instant?
        /// Timers that were set; only the last one counts.
        var alarms = 0
    }

    private let state = Mutex(State())
    /// Between two looks for late waits; by so much they may last longer.
    private static var leastPause: Duration { .milliseconds(20) }

    package init() {}

    /// A wait that begins now, so that a signal between the look at the row and the wait is not missed.
    package struct Ticket: ~Copyable, Sendable {
        fileprivate let signals: Signals
        fileprivate let key: Key
        fileprivate let number: UInt64
        fileprivate let waiter = SignalWaiter()

        deinit { signals.forget(key, number) }

        /// True when the signal came, false after `timeout` or when the task was cancelled.
        package consuming func wait(atMost timeout: Duration) async -> Bool {
            let (signals, key, number, waiter) = (signals, key, number, waiter)
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    guard waiter.begin(continuation) else { return }
                    signals.limit(key, number, to: .now + timeout)
                }
            } onCancel: {
                waiter.end(signalled: false)
            }
        }
    }

    package func ticket(for key: Key) -> Ticket {
        state.withLock { state in
            state.next += 1
            let ticket = Ticket(signals: self, key: key, number: state.next)
            state.entries[key, default: [:]][state.next] = Entry(waiter: ticket.waiter)
            return ticket
        }
    }

    package func fire(_ key: Key) {
        for entry in state.withLock({ $0.entries[key].map { Array($0.values) } ?? [] }) {
            entry.waiter.end(signalled: true)
        }
    }

    /// After a gap in the notifications: everybody looks again.
    package func fireAll() {
        for entry in state.withLock({ $0.entries.values.flatMap { Array($0.values) } }) {
            entry.waiter.end(signalled: true)
        }
    }

    private func forget(_ key: Key, _ number: UInt64) {
        state.withLock { state in
            state.entries[key]?[number] = nil
            if state.entries[key]?.isEmpty == true { state.entries[key] = nil }
        }
    }

    // MARK: Waits that last too long

    private func limit(_ key: Key, _ number: UInt64, to deadline: ContinuousClock.Instant) {
        let alarm: Int? = state.withLock { state in
            state.entries[key]?[number]?.deadline = deadline
            if let alarm = state.alarm, alarm <= deadline { return nil }
            return Self.set(deadline, in: &state)
        }
        if let alarm { ring(alarm, at: deadline) }
    }

    private static func set(_ deadline: ContinuousClock.Instant, in state: inout State) -> Int {
        state.alarm = deadline
        state.alarms += 1
        return state.alarms
    }

    private func ring(_ alarm: Int, at deadline: ContinuousClock.Instant) {
        Task { [weak self] in
            try? await Task.sleep(until: deadline, clock: .continuous)
            self?.endLateWaits(alarm)
        }
    }

    private func endLateWaits(_ alarm: Int) {
        let (late, next): ([Entry], (Int, ContinuousClock.Instant)?) = state.withLock { state in
            guard alarm == state.alarms else { return ([], nil) }
            let waits = state.entries.values.joined().map(\.value).filter { $0.deadline != nil }
            let now = ContinuousClock.now
            let first = waits.compactMap(\.deadline).filter { $0 > now }.min()
            // Not at once again: with thousands of waits, one ends at every moment.
            let next = first.map { max($0, now + Self.leastPause) }
            state.alarm = nil
            return (waits.filter { ($0.deadline ?? now) <= now }, next.map { (Self.set($0, in: &state), $0) })
        }
        for entry in late { entry.waiter.end(signalled: false) }
        if let next { ring(next.0, at: next.1) }
    }
}

/// One wait, which ends once: by the signal, by its time, or by being cancelled.
private final class SignalWaiter: Sendable {
    private enum State {
        case ahead
        case waits(CheckedContinuation<Bool, Never>)
        case ended(signalled: Bool)
    }

    private let state = Mutex(State.ahead)

    /// False if it has ended before it began.
    func begin(_ continuation: CheckedContinuation<Bool, Never>) -> Bool {
        let ended: Bool? = state.withLock { state in
            if case .ended(let signalled) = state { return signalled }
            state = .waits(continuation)
            return nil
        }
        if let ended { continuation.resume(returning: ended) }
        return ended == nil
    }

    func end(signalled: Bool) {
        let continuation: CheckedContinuation<Bool, Never>? = state.withLock { state in
            defer { if case .ended = state {} else { state = .ended(signalled: signalled) } }
            if case .waits(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(returning: signalled)
    }
}
