import Synchronization

/// Questions that change nothing: those that come while a statement is under way share the next one.
///
/// A question that comes alone is asked at once, and none is answered by a statement that was sent before it came, so
/// its answer is as new as if it had been asked alone. What goes wrong is told to all who shared it.
///
/// One statement at a time: two at once would have fewer questions each, and HEADs take a fifth longer. Beside one that
/// takes unusually long a second one is sent, so that a connection that hangs does not hold up everybody.
package final class SharedRead<Question: Sendable, Answer: Sendable>: Sendable {
    private struct Waiter {
        let question: Question
        let resume: @Sendable (Result<Answer, any Error>) -> Void
    }

    private struct State {
        let unusual: Duration
        var waiting: [Waiter] = []
        /// When each statement that is under way was sent.
        var sent: [Int: ContinuousClock.Instant] = [:]
        var last = 0

        /// Whether a statement is not to wait for those that are under way.
        var mayBegin: Bool { sent.count < 2 && sent.values.allSatisfy { $0 + unusual < .now } }

        mutating func begin() -> Int? {
            guard mayBegin else { return nil }
            last += 1
            sent[last] = .now
            return last
        }

        /// Of the reader that has just begun, or has its answer; nil: it ends.
        mutating func next(_ reader: Int) -> [Waiter]? {
            sent[reader] = nil
            guard !waiting.isEmpty, mayBegin else { return nil }
            sent[reader] = .now
            let chosen = Array(waiting.prefix(most))
            waiting.removeFirst(chosen.count)
            return chosen
        }
    }

    /// Questions of one statement.
    private static var most: Int { 256 }

    private let read: @Sendable ([Question]) async throws -> [Answer]
    private let state: Mutex<State>

    /// - Parameters:
    ///   - unusual: beside a statement that takes longer, a second one is sent.
    ///   - read: gives an answer to each question, in their order.
    package init(
        unusual: Duration = .milliseconds(100), _ read: @escaping @Sendable ([Question]) async throws -> [Answer]
    ) {
        state = Mutex(State(unusual: unusual))
        self.read = read
    }

    /// Questions that no statement has been sent for.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// A task that is cancelled asks nothing: it is to end here, as with a statement of its own.
    package func callAsFunction(_ question: Question) async throws -> Answer {
        if Task.isCancelled { throw PostgresError(.cancelled, "cancelled before a statement was sent") }
        return try await withCheckedThrowingContinuation { continuation in
            self(question) { continuation.resume(with: $0) }
        }
    }

    /// For one who is no task, to whom becoming one would cost more than his part of the statement.
    /// - Parameter body: called on some thread; to be short, since others wait for their answer behind it.
    package func callAsFunction(
        _ question: Question, then body: @escaping @Sendable (Result<Answer, any Error>) -> Void
    ) {
        let reader = state.withLock { state in
            state.waiting.append(Waiter(question: question, resume: body))
            return state.begin()
        }
        // Detached, since it is not for the first of them alone.
        if let reader { Task.detached { [self] in await readAll(reader) } }
    }

    private func readAll(_ reader: Int) async {
        while let waiters = state.withLock({ $0.next(reader) }) {
            let answers = await answers(to: waiters.map { $0.question })
            for (waiter, answer) in zip(waiters, answers) { waiter.resume(answer) }
        }
    }

    private func answers(to questions: [Question]) async -> [Result<Answer, any Error>] {
        do {
            let answers = try await read(questions)
            guard answers.count == questions.count else {
                throw PostgresError(.decoding, "a shared read gave \(answers.count) answers to \(questions.count)")
            }
            return answers.map { .success($0) }
        } catch {
            return questions.map { _ in .failure(error) }
        }
    }
}
