import Synchronization
import Uploads

/// Asks something that may hang, such as a volume or a database, for callers that must not: one question at a time,
/// whose answer all get who wait for it, and nobody waits longer than his patience.
///
/// A question that hangs is not asked again; once it is answered after all, it may be.
final class Inquiry<Answer: Sendable>: Sendable {
    struct NoAnswer: Error, CustomStringConvertible {
        let patience: Duration
        var description: String { "no answer within \(patience)" }
    }

    private struct State {
        var latest: (result: Result<Answer, any Error>, at: ContinuousClock.Instant)?
        var isAsking = false
    }

    private enum Event { case answered }

    private let memory: Duration
    private let patience: Duration
    private let ask: @Sendable () async throws -> Answer
    private let state = Mutex(State())
    private let signals = Signals<Event>()

    /// - Parameter memory: how long an answer counts for those who ask next.
    init(memory: Duration, patience: Duration, _ ask: @escaping @Sendable () async throws -> Answer) {
        self.memory = memory
        self.patience = patience
        self.ask = ask
    }

    /// Throws what the question threw, or `NoAnswer`.
    func answer() async throws -> Answer {
        let ticket = signals.ticket(for: .answered)
        let oldest = ContinuousClock.now - memory
        if let known = latest(since: oldest) { return try known.get() }
        begin()
        _ = await ticket.wait(atMost: patience)
        guard let result = latest(since: oldest) else { throw NoAnswer(patience: patience) }
        return try result.get()
    }

    private func latest(since moment: ContinuousClock.Instant) -> Result<Answer, any Error>? {
        state.withLock { state in
            guard let latest = state.latest, latest.at >= moment else { return nil }
            return latest.result
        }
    }

    private func begin() {
        let isFree = state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard isFree else { return }
        // Not a child of the caller, who does not wait for it to its end.
        Task {
            let result: Result<Answer, any Error>
            do {
                result = .success(try await ask())
            } catch {
                result = .failure(error)
            }
            state.withLock { state in
                state.latest = (result, .now)
                state.isAsking = false
            }
            signals.fire(.answered)
        }
    }
}
