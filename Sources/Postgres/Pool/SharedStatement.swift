import Synchronization

/// Questions that come at the same time share one statement; one that comes alone is sent at once.
///
/// `SharedQueue` says who goes with whom. A question is never answered by a statement that was sent before it came, so
/// its answer is as new as if it had been asked alone. A question may be a change as well.
package final class SharedStatement<Question: Sendable, Answer: Sendable>: Sendable {
    private struct Waiter {
        let question: Question
        let continuation: CheckedContinuation<Turn, Never>
    }

    private enum Turn {
        case answered(Result<Answer, any Error>)
        /// Nobody is before this one: it asks for the others too.
        case leads([Waiter])
    }

    /// For how long questions are gathered, where there was company just before.
    private let gathering: Duration
    private let run: @Sendable ([Question]) async -> [Result<Answer, any Error>]
    private let queue: Mutex<SharedQueue<Waiter>>

    /// - Parameters:
    ///   - lanes: statements at the same time.
    ///   - most: questions of one statement.
    ///   - gathering: for how long. Each statement has much to set up, besides its rows: the fewer, the better.
    ///   - run: gives an answer to each question, in their order.
    package init(
        lanes: Int = 2, most: Int = 256, gathering: Duration = .milliseconds(5),
        _ run: @escaping @Sendable ([Question]) async -> [Result<Answer, any Error>]
    ) {
        self.gathering = gathering
        self.run = run
        queue = Mutex(SharedQueue(lanes: lanes, most: most))
    }

    /// Questions that no statement has been sent for.
    var waiting: Int { queue.withLock { $0.waiting.count } }

    package func callAsFunction(_ question: Question) async throws -> Answer {
        let turn = await withCheckedContinuation { continuation in
            perform(queue.withLock { $0.arrive(Waiter(question: question, continuation: continuation)) })
        }
        switch turn {
        case .answered(let result): return try result.get()
        case .leads(let others): return try await ask(question, for: others)
        }
    }

    private func perform(_ action: SharedQueue<Waiter>.Action) {
        switch action {
        case .none: break
        case .send(let waiters): waiters[0].continuation.resume(returning: .leads(Array(waiters.dropFirst())))
        case .gather(let round):
            Task {
                try? await Task.sleep(for: gathering)
                perform(queue.withLock { $0.timeIsUp(round) })
            }
        }
    }

    private func ask(_ question: Question, for others: [Waiter]) async throws -> Answer {
        guard !others.isEmpty else {
            defer { perform(queue.withLock { $0.ended() }) }
            return try Self.answer(0, in: await run([question]))
        }
        let questions = [question] + others.map { $0.question }
        // In a task of its own: who leads may be cancelled, and the others wait for the answer.
        let answers = await Task { [run] in await run(questions) }.value
        perform(queue.withLock { $0.ended() })
        for (index, other) in others.enumerated() {
            other.continuation.resume(returning: .answered(Result { try Self.answer(index + 1, in: answers) }))
        }
        return try Self.answer(0, in: answers)
    }

    private static func answer(_ index: Int, in answers: [Result<Answer, any Error>]) throws -> Answer {
        guard answers.indices.contains(index) else {
            throw PostgresError(.decoding, "a shared statement gave \(answers.count) answers, too few")
        }
        return try answers[index].get()
    }
}
