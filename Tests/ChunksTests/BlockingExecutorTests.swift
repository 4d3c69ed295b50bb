import Chunks
import Dispatch
import Foundation
import Glibc
import Testing

/// Blocks threads until it is opened; the only thing here that waits.
final class Gate: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() {
        semaphore.signal()
    }
}

/// The name of the thread that asks.
func threadName() -> String {
    let data = FileManager.default.contents(atPath: "/proc/thread-self/comm") ?? Data()
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
}

@Suite(.timeLimit(.minutes(15))) struct BlockingExecutorTests {
    @Test func workRunsOnItsThreadsAndComesBack() async throws {
        let executor = BlockingExecutor(threads: 2, name: "chunks-test")
        #expect(try await executor.run { threadName() } == "chunks-test")
        #expect(threadName() != "chunks-test")
        let name = await withTaskExecutorPreference(executor) { await Self.nonisolatedName() }
        #expect(name == "chunks-test")
        await executor.shutdown()
    }

    @concurrent private static func nonisolatedName() async -> String { threadName() }

    @Test @MainActor func workLeavesTheMainActorToo() async throws {
        let executor = BlockingExecutor(threads: 1, name: "off-main")
        #expect(try await executor.run { threadName() } == "off-main")
        await executor.shutdown()
    }

    @Test func errorsComeBack() async throws {
        let executor = BlockingExecutor(threads: 1, name: "errors")
        await #expect(throws: TestFailure.self) { try await executor.run { throw TestFailure(reason: "on purpose") } }
        await executor.shutdown()
    }

    /// More blocked calls than the cooperative pool has threads: if they were on it, nobody could open the gate.
    @Test func blockedWorkDoesNotStopTheCooperativePool() async throws {
        let executor = BlockingExecutor(threads: 64, name: "blocked")
        let gate = Gate()
        let started = Counter()
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 {
                group.addTask {
                    try await executor.run {
                        started.next()
                        gate.wait()
                    }
                }
            }
            while started.value < 64 { await Task.yield() }
            gate.open()
            try await group.waitForAll()
        }
        await executor.shutdown()
    }

    @Test func shutdownLetsWaitingWorkRunFirst() async throws {
        let executor = BlockingExecutor(threads: 1, name: "drained")
        let gate = Gate()
        let names = Log()
        var tasks: [Task<Void, Never>] = []
        tasks.append(Task(executorPreference: executor) { Self.block(on: gate) })
        for _ in 0..<100 {
            tasks.append(Task(executorPreference: executor) { names.add(threadName()) })
        }
        async let down: Void = executor.shutdown()
        gate.open()
        await down
        #expect(names.all == Array(repeating: "drained", count: 100))
        for task in tasks { await task.value }
    }

    private static func block(on gate: Gate) { gate.wait() }

    @Test func workAfterShutdownRunsElsewhereRatherThanNever() async throws {
        let executor = BlockingExecutor(threads: 2, name: "ended")
        #expect(try await executor.run { 1 } == 1)
        await executor.shutdown()
        await executor.shutdown()
        #expect(try await executor.run { threadName() } != "ended")
    }

    @Test func aTaskOnTheExecutorMayShutItDown() async throws {
        let executor = BlockingExecutor(threads: 1, name: "suicide")
        let task = Task(executorPreference: executor) {
            await executor.shutdown()
            return 5
        }
        #expect(await task.value == 5)
    }

    @Test func workIsDoneInItsOrderByOneThread() async throws {
        let executor = BlockingExecutor(threads: 1, name: "ordered")
        let seen = Log()
        var tasks: [Task<Void, Never>] = []
        for number in 0..<1_000 {
            tasks.append(Task(executorPreference: executor) { seen.add("\(number)") })
        }
        for task in tasks { await task.value }
        #expect(seen.all == (0..<1_000).map { "\($0)" })
        await executor.shutdown()
    }
}
