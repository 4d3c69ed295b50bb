import Synchronization

/// Questions that wait together share one statement; one that comes alone is sent at once.
///
/// While as many statements are under way as there are lanes, later questions wait, and go together with the next. A
/// question is never answered by a statement that was sent before it came, so its answer is as new as if it had been
/// asked alone. A question may be a change as well.
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

    private struct State {
        var underWay = 0
        var waiting: [Waiter] = []
    }

    private let lanes: Int
    private let most: Int
    private let run: @Sendable ([Question]) async -> [Result<Answer, any Error>]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - lanes: statements at the same time.
    ///   - most: questions of one statement.
    ///   - run: gives an answer to each question, in their order.
    package init(
        lanes: Int = 2, most: Int = 256, _ run: @escaping @Sendable ([Question]) async -> [Result<Answer, any Error>]
    ) {
        (self.lanes, self.most, self.run) = (lanes, most, run)
    }

    /// - Parameter read: as `run`, but what goes wrong is told to all who shared it.
    package convenience init(reading read: @escaping @Sendable ([Question]) async throws -> [Answer]) {
        self.init { questions in
            do {
                return try await read(questions).map { .success($0) }
            } catch {
                return questions.map { _ in .failure(error) }
            }
        }
    }

    /// Questions that no statement has been sent for.
    var waiting: Int { state.withLock { $0.waiting.count } }

    package func callAsFunction(_ question: Question) async throws -> Answer {
        switch await turn(of: question) {
        case .answered(let result): return try result.get()
        case .leads(let others): return try await ask(question, for: others)
        }
    }

    /// A lane, or an answer that another one brings.
    private func turn(of question: Question) async -> Turn {
        let isFree = state.withLock { state in
            guard state.underWay < lanes else { return false }
            state.underWay += 1
            return true
        }
        if isFree { return .leads([]) }
        return await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.underWay < lanes else {
                    state.waiting.append(Waiter(question: question, continuation: continuation))
                    return false
                }
                state.underWay += 1
                return true
            }
            if isFree { continuation.resume(returning: .leads([])) }
        }
    }

    private func ask(_ question: Question, for others: [Waiter]) async throws -> Answer {
        guard !others.isEmpty else {
            defer { passOn() }
            return try Self.answer(0, in: await run([question]))
        }
        let questions = [question] + others.map(\.question)
        // In a task of its own: who leads may be cancelled, and the others wait for the answer.
        let answers = await Task { [run] in await run(questions) }.value
        passOn()
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

    /// Gives the lane to the first of those who wait, or back.
    private func passOn() {
        let next = state.withLock { state -> (leader: Waiter, others: [Waiter])? in
            guard let leader = state.waiting.first else {
                state.underWay -= 1
                return nil
            }
            let others = Array(state.waiting.dropFirst().prefix(most - 1))
            state.waiting.removeFirst(others.count + 1)
            return (leader, others)
        }
        next?.leader.continuation.resume(returning: .leads(next?.others ?? []))
    }
}
