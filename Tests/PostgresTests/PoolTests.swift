import Logging
import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite struct PoolTests {
    @Test func noMoreConnectionsAreOpenedThanThePoolMayHave() async throws {
        try await withPool(size: 3) { pool in
            try await withThrowingTaskGroup { group in
                for _ in 1...60 { group.addTask { _ = try await pool.first(One()) } }
                try await group.waitForAll()
            }
            #expect(pool.figures.size <= 3)
            #expect(pool.figures.idle == pool.figures.size)
            #expect(pool.figures.limit == 3)
        }
    }

    @Test func aCallerWaitsNoLongerThanTheAcquireTimeout() async throws {
        try await withPool(size: 1, acquireTimeout: .milliseconds(50)) { pool in
            // The first connection may take longer than that on a busy machine.
            try await eventually("a first connection") {
                await postgresError { _ = try await pool.first(One()) } == nil
            }
            try await pool.withConnection { _ in
                let error = await postgresError { _ = try await pool.first(One()) }
                #expect(error?.code == .poolTimeout)
                #expect(error?.isUnavailable == true)
                #expect(error?.mayHaveTakenEffect == false)
                #expect(pool.figures.waiting == 0)
            }
            #expect(pool.figures.idle == 1)
        }
    }

    private final class Order: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    @Test func whoComesFirstIsServedFirst() async throws {
        let order = Order()
        try await withPool(size: 1) { pool in
            try await withThrowingTaskGroup { group in
                try await pool.withConnection { _ in
                    for number in 1...8 {
                        group.addTask {
                            try await pool.withConnection { _ in order.numbers.withLock { $0.append(number) } }
                        }
                        try await eventually("\(number) waits") { pool.figures.waiting == number }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(order.numbers.withLock { $0 } == Array(1...8))
    }

    @Test func aCancelledWaiterLeavesTheQueueAtOnce() async throws {
        try await withPool(size: 1, acquireTimeout: .seconds(600)) { pool in
            try await pool.withConnection { _ in
                let waiter = Task { await postgresError { _ = try await pool.first(One()) } }
                try await eventually("it waits") { pool.figures.waiting == 1 }
                waiter.cancel()
                #expect(await waiter.value?.code == .cancelled)
                #expect(pool.figures.waiting == 0)
            }
            #expect(try await pool.first(One()) == 1)
        }
    }

    @Test func aTaskThatIsCancelledAlreadyDoesNotWait() async throws {
        try await withPool(size: 1, acquireTimeout: .seconds(600)) { pool in
            try await pool.withConnection { _ in
                let waiter = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await postgresError { _ = try await pool.first(One()) }
                }
                #expect(await waiter.value?.code == .cancelled)
            }
        }
    }

    @Test func aConnectionThatComesBackWithinATransactionIsNotUsedAgain() async throws {
        try await withPool(size: 1) { pool in
            let first = try await pool.withConnection { connection in
                try await connection.executeScript("BEGIN")
                return try await connection.first(BackendID())
            }
            #expect(try await pool.first(BackendID()) != first)
        }
    }

    @Test func aConnectionKilledWhileIdleIsReplacedWithoutAFailedStatement() async throws {
        try await withPool(size: 2) { pool in
            for _ in 1...5 {
                let victim = try await pool.withConnection { connection in
                    let victim = try #require(try await pool.first(BackendID()))
                    try await connection.execute(Terminate(pid: victim))
                    return victim
                }
                // Both connections are used, so the dead one is among them.
                try await pool.withConnection { one in
                    let other = try await pool.first(BackendID())
                    #expect(try await one.first(BackendID()) != victim)
                    #expect(other != victim)
                }
            }
            #expect(pool.figures.connectFailures == 0)
        }
    }

    @Test func aClosedPoolRefusesAndAConnectionInUseIsWaitedFor() async throws {
        try await withPool(size: 2) { pool in
            let closing = try await pool.withConnection { connection in
                let closing = Task { await pool.close() }
                try await eventually("it is closed") {
                    await postgresError { _ = try await pool.first(One()) }?.code == .closed
                }
                #expect(try await connection.first(One()) == 1)
                return closing
            }
            await closing.value
            #expect(pool.figures.size == 0)
        }
    }

    @Test func aGracefulShutdownClosesThePool() async throws {
        let log = TestLog()
        let conninfo = try await PostgresServer.shared().conninfo
        let pool = PostgresPool(PostgresConfiguration(conninfo: conninfo), logger: log.logger)
        let group = ServiceGroup(configuration: .init(services: [pool], logger: log.logger))
        let running = Task { try await group.run() }
        #expect(try await pool.first(One()) == 1)
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(await postgresError { _ = try await pool.first(One()) }?.code == .closed)
    }
}
