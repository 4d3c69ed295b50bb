import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

@Suite struct ListenerTests {
    private func withListener(_ body: (PostgresListener, PostgresPool) async throws -> Void) async throws {
        let conninfo = try await PostgresServer.shared().createDatabase()
        let configuration = PostgresConfiguration(
            conninfo: conninfo, applicationName: "listener", acquireTimeout: .seconds(20)
        )
        let listener = PostgresListener(configuration, logger: TestLog().logger)
        let running = Task { try await listener.run() }
        defer { running.cancel() }
        try await withPool(configuration) { try await body(listener, $0) }
    }

    private func notify(_ pool: PostgresPool, _ channel: String, _ payload: String) async throws {
        try await pool.withConnection { try await $0.notify(channel: channel, payload: payload) }
    }

    @Test func aStreamStartsWithAGapAndThenMissesNothing() async throws {
        try await withListener { listener, pool in
            var events = listener.events(on: "c").makeAsyncIterator()
            #expect(await events.next() == .gap)
            for number in 1...100 { try await notify(pool, "c", "\(number)") }
            for number in 1...100 {
                #expect(await events.next() == .notification(channel: "c", payload: "\(number)"))
            }
        }
    }

    @Test func everyCallerHasItsOwnStreamAndSeesItsOwnChannel() async throws {
        try await withListener { listener, pool in
            var one = listener.events(on: "a").makeAsyncIterator()
            #expect(await one.next() == .gap)
            var two = listener.events(on: "a").makeAsyncIterator()
            var other = listener.events(on: "We\"ird é").makeAsyncIterator()
            #expect(await two.next() == .gap)
            #expect(await other.next() == .gap)
            try await notify(pool, "We\"ird é", "x")
            try await notify(pool, "a", "y")
            #expect(await one.next() == .notification(channel: "a", payload: "y"))
            #expect(await two.next() == .notification(channel: "a", payload: "y"))
            #expect(await other.next() == .notification(channel: "We\"ird é", payload: "x"))
        }
    }

    @Test func aStreamMayBeMadeBeforeTheListenerRuns() async throws {
        let configuration = PostgresConfiguration(conninfo: try await PostgresServer.shared().createDatabase())
        let listener = PostgresListener(configuration, logger: TestLog().logger)
        var events = listener.events(on: "c").makeAsyncIterator()
        let running = Task { try await listener.run() }
        #expect(await events.next() == .gap)
        running.cancel()
        try await running.value
    }

    @Test func theLastReaderToLeaveEndsTheListening() async throws {
        struct LastCommand: Statement {
            static let sql = """
                SELECT query FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE '%LISTEN%' AND pid <> pg_backend_pid()
                """
            static func decode(_ row: Row) throws -> String { try row["query"] }
        }
        try await withListener { listener, pool in
            let reader = Task { for await _ in listener.events(on: "c") {} }
            try await eventually("LISTEN") { try await pool.first(LastCommand()) == "LISTEN \"c\"" }
            reader.cancel()
            try await eventually("UNLISTEN") { try await pool.first(LastCommand()) == "UNLISTEN \"c\"" }
        }
    }

    @Test func aReaderThatIsTooSlowIsToldByAGapAtTheEnd() async throws {
        try await withListener { listener, pool in
            var slow = listener.events(on: "c").makeAsyncIterator()
            var quick = listener.events(on: "d").makeAsyncIterator()
            #expect(await slow.next() == .gap)
            #expect(await quick.next() == .gap)
            try await pool.withTransaction { connection in
                for number in 1...300 { try await connection.notify(channel: "c", payload: "\(number)") }
                try await connection.notify(channel: "d", payload: "all sent")
            }
            #expect(await quick.next() == .notification(channel: "d", payload: "all sent"))
            var seen: [PostgresListener.Event] = []
            while let event = await slow.next(), seen.count < 256 {
                seen.append(event)
                if seen.last == .gap, seen.dropLast().last == .notification(channel: "c", payload: "300") { break }
            }
            #expect(seen.last == .gap)
            #expect(seen.count == 256)
        }
    }

    @Test func aKilledConnectionIsReplacedAndSaysGap() async throws {
        struct ListenerPID: Statement {
            static let sql = """
                SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """
            static func decode(_ row: Row) throws -> Int32 { try row["pid"] }
        }
        try await withListener { listener, pool in
            var events = listener.events(on: "c").makeAsyncIterator()
            for _ in 1...3 {
                #expect(await events.next() == .gap)
                let pid = try #require(try await pool.first(ListenerPID()))
                try await pool.execute(Terminate(pid: pid))
            }
            #expect(await events.next() == .gap)
        }
    }

    @Test func aGracefulShutdownEndsTheListenerAndItsStreams() async throws {
        let log = TestLog()
        let configuration = PostgresConfiguration(conninfo: try await PostgresServer.shared().conninfo)
        let listener = PostgresListener(configuration, logger: log.logger)
        let group = ServiceGroup(configuration: .init(services: [listener], logger: log.logger))
        let running = Task { try await group.run() }
        var events = listener.events(on: "shutdown").makeAsyncIterator()
        #expect(await events.next() == .gap)
        await group.triggerGracefulShutdown()
        #expect(await events.next() == nil)
        try await running.value
        var late = listener.events(on: "shutdown").makeAsyncIterator()
        #expect(await late.next() == nil)
    }

    @Test(arguments: ["", String(repeating: "x", count: 64)])
    func aNameThatPostgreSQLDoesNotTakeEndsOnlyItsOwnStream(channel: String) async throws {
        try await withListener { listener, _ in
            var bad = listener.events(on: channel).makeAsyncIterator()
            #expect(await bad.next() == nil)
            var good = listener.events(on: "c").makeAsyncIterator()
            #expect(await good.next() == .gap)
        }
    }
}
