import Postgres
import TestSupport
import Testing

@Suite struct CancellationTests {
    @Test func aCancelledStatementEndsAndLeavesItsConnectionUsable() async throws {
        try await withPool(size: 2, statementTimeout: .seconds(600)) { pool in
            // Each round may find the cancel request late, early or in between.
            for _ in 1...10 {
                let running = Task {
                    try await pool.withConnection { connection in
                        let before = try await connection.first(BackendID())
                        let error = await postgresError { try await connection.execute(Sleep(seconds: 500)) }
                        // The task stays cancelled, so only a task of its own may go on with the connection.
                        let after = await Task { try? await connection.first(BackendID()) }.value
                        return (error?.code, before == after)
                    }
                }
                try await eventually("it sleeps") { try await pool.first(Sleepers()) == 1 }
                running.cancel()
                let (code, isSameBackend) = try await running.value
                #expect(code == .cancelled)
                #expect(isSameBackend)
            }
            #expect(pool.figures.size == 2)
        }
    }

    @Test func aCancelNeverHitsTheNextStatement() async throws {
        try await withPool(size: 1, statementTimeout: .seconds(600)) { pool in
            for round in 1...200 {
                let running = Task { await postgresError { _ = try await pool.first(One()) } }
                if round.isMultiple(of: 2) { await Task.yield() }
                running.cancel()
                let next = try await pool.first(One())
                #expect(next == 1)
                let code = await running.value?.code
                #expect(code == nil || code == .cancelled)
            }
        }
    }

    @Test func aCancelledTransactionIsRolledBack() async throws {
        try await withPool(size: 2, statementTimeout: .seconds(600)) { pool in
            try await pool.withConnection { try await $0.executeScript("CREATE TABLE t (id int)") }
            let running = Task {
                await postgresError {
                    try await pool.withTransaction { connection in
                        try await connection.executeScript("INSERT INTO t VALUES (1)")
                        try await connection.execute(Sleep(seconds: 500))
                    }
                }
            }
            try await eventually("it sleeps") { try await pool.first(Sleepers()) == 1 }
            running.cancel()
            #expect(await running.value?.code == .cancelled)
            struct Count: Statement {
                static let sql = "SELECT count(*) AS n FROM t"
                static func decode(_ row: Row) throws -> Int { try row["n"] }
            }
            #expect(try await pool.first(Count()) == 0)
            #expect(pool.figures.size == 2)
        }
    }

    @Test func theServerStopsAStatementAtItsTimeoutAndTheConnectionStaysUsable() async throws {
        try await withPool(size: 1, statementTimeout: .milliseconds(200)) { pool in
            let error = await postgresError { try await pool.execute(Sleep(seconds: 500)) }
            #expect(error?.code == .statementTimeout)
            #expect(error?.sqlState == "57014")
            #expect(error?.mayHaveTakenEffect == false)
            #expect(error?.statement?.contains("Sleep") == true)
            #expect(pool.figures.idle == 1)
        }
    }
}
