import Postgres
import TestSupport
import Testing

/// Each test has a server of its own, because it stops or freezes it.
@Suite(.serialized) struct DisruptionTests {
    /// A new connection for every waiter: the pool's connections all come into use.
    private func useAll(_ pool: PostgresPool, _ count: Int) async throws {
        guard count > 0 else { return }
        try await pool.withConnection { connection in
            #expect(try await connection.first(One()) == 1)
            try await useAll(pool, count - 1)
        }
    }

    @Test(arguments: [false, true]) func aRestartCostsNoStatementOfIdleConnections(immediate: Bool) async throws {
        let server = try await PostgresServer.start()
        try await withPool(PostgresConfiguration(conninfo: server.conninfo, acquireTimeout: .seconds(30))) { pool in
            try await useAll(pool, 4)
            #expect(pool.figures.idle == 4)
            for _ in 1...2 {
                try await server.restart(immediate: immediate)
                try await useAll(pool, 4)
            }
        }
    }

    @Test func callersDuringARestartWaitAndAreServed() async throws {
        let server = try await PostgresServer.start()
        let log = TestLog()
        let configuration = PostgresConfiguration(conninfo: server.conninfo, acquireTimeout: .seconds(60))
        try await withPool(configuration, log: log) { pool in
            #expect(try await pool.first(One()) == 1)
            try await server.stop()
            let waiting = (1...10).map { _ in Task { try await pool.first(One()) } }
            try await eventually("connecting fails") { pool.figures.connectFailures >= 2 }
            try await server.startAgain()
            for task in waiting { #expect(try await task.value == 1) }
        }
        #expect(log.entries.filter { $0.hasPrefix("warning") }.count == 1)
        #expect(log.entries.filter { $0.hasPrefix("info the database is reachable again") }.count == 1)
    }

    @Test func aServerThatWasAwayForLongIsFoundAgain() async throws {
        let server = try await PostgresServer.start()
        let configuration = PostgresConfiguration(conninfo: server.conninfo, acquireTimeout: .milliseconds(100))
        try await server.stop()
        try await withPool(configuration) { pool in
            for _ in 1...3 { #expect(await postgresError { _ = try await pool.first(One()) }?.code == .unreachable) }
            try await server.startAgain()
            try await eventually("it answers") { await postgresError { _ = try await pool.first(One()) } == nil }
        }
    }

    @Test func aSilentServerEndsTheStatementOneSecondAfterItsTimeout() async throws {
        let server = try await PostgresServer.start()
        let configuration = PostgresConfiguration(
            conninfo: server.conninfo, poolSize: 1, acquireTimeout: .seconds(60), statementTimeout: .seconds(2)
        )
        try await withPool(configuration) { pool in
            #expect(try await pool.first(One()) == 1)
            try server.pause()
            let error = await postgresError { _ = try await pool.first(One()) }
            #expect(error?.code == .statementTimeout)
            #expect(error?.mayHaveTakenEffect == true)
            #expect(error?.isUnavailable == true)
            #expect(pool.figures.size == 0)
            try server.resume()
            #expect(try await pool.first(One()) == 1)
        }
    }

    @Test func aSilentServerDoesNotHoldACancelledStatementForEver() async throws {
        let server = try await PostgresServer.start()
        let configuration = PostgresConfiguration(
            conninfo: server.conninfo, acquireTimeout: .seconds(60), statementTimeout: .seconds(2)
        )
        try await withPool(configuration) { pool in
            #expect(try await pool.first(One()) == 1)
            try server.pause()
            let running = Task { await postgresError { _ = try await pool.first(One()) } }
            try await eventually("it is under way") { pool.figures.leased == 1 }
            running.cancel()
            let code = await running.value?.code
            #expect(code == .statementTimeout || code == .cancelled)
            try server.resume()
            #expect(try await pool.first(One()) == 1)
        }
    }

    @Test func aSilentServerFailsTheConnectAndIsFoundAgain() async throws {
        let server = try await PostgresServer.start()
        let configuration = PostgresConfiguration(
            conninfo: server.conninfo, acquireTimeout: .seconds(10), connectTimeout: .milliseconds(200)
        )
        try await withPool(configuration) { pool in
            try server.pause()
            let error = await postgresError { _ = try await pool.first(One()) }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("no answer from host \"127.0.0.1\"") == true)
            try server.resume()
            try await eventually("it answers") { await postgresError { _ = try await pool.first(One()) } == nil }
        }
    }

    @Test func aShutdownWhileAStatementRunsIsALostConnectionThatMayHaveTakenEffect() async throws {
        let server = try await PostgresServer.start()
        try await withPool(PostgresConfiguration(conninfo: server.conninfo)) { pool in
            let running = Task { await postgresError { try await pool.execute(Sleep(seconds: 500)) } }
            try await eventually("it sleeps") { try await pool.first(Sleepers()) == 1 }
            try await server.stop()
            let error = await running.value
            #expect(error?.code == .connectionLost)
            #expect(error?.sqlState == "57P01")
            #expect(error?.mayHaveTakenEffect == true)
        }
    }

    @Test func theListenerSaysGapAfterARestartAndGoesOn() async throws {
        let server = try await PostgresServer.start()
        let log = TestLog()
        let configuration = PostgresConfiguration(conninfo: server.conninfo, acquireTimeout: .seconds(60))
        let listener = PostgresListener(configuration, logger: log.logger)
        let running = Task { try await listener.run() }
        var events = listener.events(on: "c").makeAsyncIterator()
        #expect(await events.next() == .gap)
        try await server.restart()
        #expect(await events.next() == .gap)
        try await withPool(configuration) { pool in
            try await pool.withConnection { try await $0.notify(channel: "c", payload: "p") }
        }
        #expect(await events.next() == .notification(channel: "c", payload: "p"))
        running.cancel()
        try await running.value
        #expect(log.entries.filter { $0.hasPrefix("warning") }.count == 1)
        #expect(log.entries.filter { $0.hasPrefix("info") }.count == 1)
    }

    @Test func theServerAndItsFolderAreGoneWhenNobodyHoldsItAnyMore() async throws {
        var server: PostgresServer? = try await PostgresServer.start(durable: true)
        let folder = try #require(server?.folder)
        let processes = try #require(try server?.processes())
        try server?.pause()
        server = nil
        try await eventually("the server is gone", within: .seconds(60)) { !isThere(folder, processes) }
    }
}
