import Synchronization
import TestSupport
import Testing
@testable import Postgres

@Suite struct SharedStatementTests {
    private struct Refusal: Error {}

    /// Holds the first statement up until `open`, and remembers what each was asked.
    private final class Server: Sendable {
        let asked = Mutex<[[Int]]>([])
        private let gate = AsyncStream<Void>.makeStream()

        func open() { gate.continuation.finish() }

        func answer(_ questions: [Int]) async throws -> [Int] {
            let isFirst = asked.withLock { asked in
                asked.append(questions)
                return asked.count == 1
            }
            if isFirst { for await _ in gate.stream {} }
            if questions.contains(13) { throw Refusal() }
            return questions.map { $0 * 2 }
        }
    }

    /// Asks 1, and the others while that is under way.
    private func run(_ others: [Int]) async throws -> (answers: Set<Int>, refused: Int, server: Server) {
        let server = Server()
        let reads = SharedStatement<Int, Int>(lanes: 1) { questions in
            do {
                return try await server.answer(questions).map { .success($0) }
            } catch {
                return questions.map { _ in .failure(error) }
            }
        }
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await reads(1) }
            try await eventually("the first question is under way") { server.asked.withLock { $0.count } == 1 }
            for number in others { group.addTask { try? await reads(number) } }
            try await eventually("the others wait") { reads.waiting == others.count }
            server.open()
            var answers: [Int?] = []
            for try await answer in group { answers.append(answer) }
            // The lane is free again.
            #expect(try await reads(100) == 200)
            return (Set(answers.compactMap(\.self)), answers.count { $0 == nil }, server)
        }
    }

    @Test func questionsThatComeMeanwhileShareTheNextStatement() async throws {
        let (answers, refused, server) = try await run(Array(2...10))
        #expect(answers == Set((1...10).map { $0 * 2 }) && refused == 0)
        let asked = server.asked.withLock { $0 }
        #expect(asked.count == 3 && asked[0] == [1] && Set(asked[1]) == Set(2...10))
    }

    @Test func whatGoesWrongIsToldToAllWhoShared() async throws {
        let (answers, refused, _) = try await run([2, 13, 3])
        #expect(answers == [2] && refused == 3)
    }
}
