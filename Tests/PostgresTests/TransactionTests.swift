import Postgres
import TestSupport
import Testing

@Suite struct TransactionTests {
    private struct Failure: Error {}

    private struct Insert: Statement {
        static let sql = "INSERT INTO t (id) VALUES ($1)"
        typealias Output = Void
        let id: Int
        var parameters: [any SQLEncodable] { [id] }
    }

    private struct IDs: Statement {
        static let sql = "SELECT id FROM t ORDER BY id"
        static func decode(_ row: Row) throws -> Int { try row["id"] }
    }

    private func withTable(size: Int = 2, _ body: (PostgresPool) async throws -> Void) async throws {
        try await withPool(size: size) { pool in
            try await pool.withConnection { try await $0.executeScript("CREATE TABLE t (id int PRIMARY KEY)") }
            try await body(pool)
        }
    }

    @Test func whatABodyDidIsThereAfterItAndNotBefore() async throws {
        try await withTable { pool in
            let value = try await pool.withTransaction { connection in
                try await connection.execute(Insert(id: 1))
                #expect(try await pool.query(IDs()) == [])
                return 42
            }
            #expect(value == 42)
            #expect(try await pool.query(IDs()) == [1])
        }
    }

    @Test func whatAThrowingBodyDidIsUndoneAndTheConnectionStaysUsable() async throws {
        try await withTable(size: 1) { pool in
            let backend = try await pool.first(BackendID())
            await #expect(throws: Failure.self) {
                try await pool.withTransaction { connection in
                    try await connection.execute(Insert(id: 1))
                    throw Failure()
                }
            }
            #expect(try await pool.query(IDs()) == [])
            #expect(try await pool.first(BackendID()) == backend)
        }
    }

    @Test func aFailedStatementThatTheBodyHidesIsNotACommit() async throws {
        try await withTable(size: 1) { pool in
            let error = await postgresError {
                try await pool.withTransaction { connection in
                    try await connection.execute(Insert(id: 1))
                    _ = await postgresError { try await connection.execute(Insert(id: 1)) }
                }
            }
            #expect(error?.sqlState == "25P02")
            let ids = try await pool.query(IDs())
            #expect(ids == [])
        }
    }

    @Test func aTransactionWithinATransactionIsRefusedAndBothAreUndone() async throws {
        try await withTable(size: 1) { pool in
            let error = await postgresError {
                try await pool.withTransaction { connection in
                    try await connection.execute(Insert(id: 1))
                    _ = try await connection.withTransaction { try await $0.execute(Insert(id: 2)) }
                }
            }
            #expect(error?.sqlState == "25001")
            let ids = try await pool.query(IDs())
            #expect(ids == [])
        }
    }

    @Test func aDeferredConstraintFailsTheCommit() async throws {
        try await withTable(size: 1) { pool in
            try await pool.withConnection {
                try await $0.executeScript("ALTER TABLE t ADD CONSTRAINT t_self FOREIGN KEY (id) REFERENCES t (id)")
                try await $0.executeScript("CREATE TABLE u (id int REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
            }
            let error = await postgresError {
                try await pool.withTransaction { try await $0.executeScript("INSERT INTO u VALUES (9)") }
            }
            #expect(error?.sqlState == "23503")
            #expect(error?.mayHaveTakenEffect == false)
        }
    }

    /// The server's backend dies before statement 1, 2, 3, … of a transaction: all or nothing, and the pool goes on.
    @Test func aConnectionLostAnywhereInATransactionUndoesAllOfIt() async throws {
        try await withTable { pool in
            for victim in 0...3 {
                let error = await postgresError {
                    try await pool.withTransaction { connection in
                        for statement in 0..<3 {
                            if statement == victim { try await kill(connection, by: pool) }
                            try await connection.execute(Insert(id: statement))
                        }
                        if victim == 3 { try await kill(connection, by: pool) }
                    }
                }
                #expect(error?.code == .connectionLost)
                #expect(error?.isUnavailable == true)
                // Only a lost COMMIT leaves a doubt.
                #expect(error?.mayHaveTakenEffect == (victim == 3))
                let ids = try await pool.query(IDs())
                #expect(ids == [])
            }
        }
    }

    private func kill(_ connection: PostgresConnection, by pool: PostgresPool) async throws {
        let pid = try #require(try await connection.first(BackendID()))
        try await pool.execute(Terminate(pid: pid))
    }
}
