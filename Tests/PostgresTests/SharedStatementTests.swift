import Synchronization
import TestSupport
import Testing
@testable import Postgres

/// Changes and reads: who shares a statement with whom.
@Suite struct SharedStatementTests {
    enum Kind: CaseIterable { case statement, read }

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

    private struct Shared {
        let ask: @Sendable (Int) async throws -> Int
        let waiting: @Sendable () -> Int

        init(_ kind: Kind, _ server: Server) {
            switch kind {
            case .read:
                let read = SharedRead<Int, Int>(unusual: .seconds(3600)) { try await server.answer($0) }
                (ask, waiting) = ({ try await read($0) }, { read.waiting })
            case .statement:
                let statement = SharedStatement<Int, Int>(lanes: 1) { questions in
                    do {
                        return try await server.answer(questions).map { .success($0) }
                    } catch {
                        return questions.map { _ in .failure(error) }
                    }
                }
                (ask, waiting) = ({ try await statement($0) }, { statement.waiting })
            }
        }
    }

    /// Asks 1, and the others while that is under way.
    private func run(
        _ kind: Kind, _ others: [Int]
    ) async throws -> (answers: Set<Int>, refused: Int, server: Server) {
        let server = Server()
        let shared = Shared(kind, server)
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { try await shared.ask(1) }
            try await eventually("the first question is under way") { server.asked.withLock { $0.count } == 1 }
            for number in others { group.addTask { try? await shared.ask(number) } }
            try await eventually("the others wait") { shared.waiting() == others.count }
            server.open()
            var answers: [Int?] = []
            for try await answer in group { answers.append(answer) }
            // The lane is free again.
            #expect(try await shared.ask(100) == 200)
            return (Set(answers.compactMap(\.self)), answers.count { $0 == nil }, server)
        }
    }

    @Test(arguments: Kind.allCases)
    func questionsThatComeMeanwhileShareTheNextStatement(kind: Kind) async throws {
        let (answers, refused, server) = try await run(kind, Array(2...10))
        #expect(answers == Set((1...10).map { $0 * 2 }) && refused == 0)
        let asked = server.asked.withLock { $0 }
        #expect(asked.count == 3 && asked[0] == [1] && Set(asked[1]) == Set(2...10))
    }

    @Test(arguments: Kind.allCases) func whatGoesWrongIsToldToAllWhoShared(kind: Kind) async throws {
        let (answers, refused, _) = try await run(kind, [2, 13, 3])
        #expect(answers == [2] && refused == 3)
    }

    @Test func aReadThatGivesTooFewAnswersGivesNone() async throws {
        let read = SharedRead<Int, Int> { Array($0.dropLast()) }
        await #expect(throws: PostgresError.self) { try await read(1) }
    }

    @Test func aReadThatHangsDoesNotHoldUpTheOthers() async throws {
        let server = Server()
        let read = SharedRead<Int, Int> { try await server.answer($0) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await read(1) }
            try await eventually("the first question is under way") { server.asked.withLock { $0.count } == 1 }
            try await eventually("a second statement goes beside it") {
                group.addTask { try await read(2) }
                return server.asked.withLock { $0.count } > 1
            }
            #expect(try await group.next() == 4)
            server.open()
            try await group.waitForAll()
        }
    }

    @Test func aCancelledTaskReadsNothing() async throws {
        let asked = Mutex(0)
        let read = SharedRead<Int, Int> { questions in
            asked.withLock { $0 += 1 }
            return questions
        }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await read(1)
        }
        task.cancel()
        await #expect(throws: PostgresError.self) { try await task.value }
        #expect(asked.withLock { $0 } == 0)
    }
}
