import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
    private struct Wrong<T: SQLDecodable & Sendable>: Statement {
        static var sql: String { "SELECT 'seven' AS size, NULL AS nothing" }
        let column: String
        var parameters: [any SQLEncodable] { [] }
        static func decode(_ row: Row) throws -> [T] { [try row["size"], try row["nothing"]] }
    }

    @Test func aDecodingErrorNamesColumnValueTypeAndStatement() async throws {
        try await withPool(size: 1) { pool in
            let error = await postgresError { _ = try await pool.query(Wrong<Int64>(column: "size")) }
            #expect(error?.code == .decoding)
            #expect(error?.message.contains("\"size\"") == true)
            #expect(error?.message.contains("'seven'") == true)
            #expect(error?.message.contains("Int64") == true)
            #expect(error?.statement?.contains("Wrong") == true)
            let null = await postgresError { _ = try await pool.query(Wrong<String>(column: "nothing")) }
            #expect(null?.message.contains("\"nothing\"") == true)
            #expect(null?.message.contains("NULL") == true)
        }
    }

    @Test func anUnknownColumnIsNamedTogetherWithTheKnownOnes() async throws {
        struct Typo: Statement {
            static let sql = "SELECT 1 AS size"
            static func decode(_ row: Row) throws -> Int { try row["sise"] }
        }
        try await withPool(size: 1) { pool in
            let error = await postgresError { _ = try await pool.query(Typo()) }
            #expect(error?.code == .decoding)
            #expect(error?.message.contains("\"sise\"") == true)
            #expect(error?.message.contains("size") == true)
        }
    }

    @Test func aViolatedConstraintIsNamedWithItsSQLState() async throws {
        struct Insert: Statement {
            static let sql = "INSERT INTO t (id) VALUES ($1)"
            typealias Output = Void
            let id: Int
            var parameters: [any SQLEncodable] { [id] }
        }
        try await withPool(size: 1) { pool in
            try await pool.withConnection {
                try await $0.executeScript("CREATE TABLE t (id int CONSTRAINT t_only_once PRIMARY KEY)")
            }
            #expect(try await pool.execute(Insert(id: 1)) == 1)
            let error = await postgresError { try await pool.execute(Insert(id: 1)) }
            #expect(error?.code == .server)
            #expect(error?.sqlState == "23505")
            #expect(error?.constraint == "t_only_once")
            #expect(error?.isUnavailable == false)
            #expect(error?.mayHaveTakenEffect == false)
        }
    }

    @Test func anErrorAtTheVeryEndIsNotMistakenForSuccess() async throws {
        struct Insert: Statement {
            static let sql = "INSERT INTO t (id) VALUES (1), (1)"
            typealias Output = Void
        }
        try await withPool(size: 1) { pool in
            try await pool.withConnection {
                try await $0.executeScript("CREATE TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            }
            #expect(await postgresError { try await pool.execute(Insert()) }?.sqlState == "23505")
        }
    }

    @Test func aStatementIsPreparedOncePerConnection() async throws {
        struct Prepared: Statement {
            static let sql = "SELECT count(*) AS n FROM pg_prepared_statements"
            static func decode(_ row: Row) throws -> Int { try row["n"] }
        }
        try await withPool(size: 1) { pool in
            for _ in 1...3 { #expect(try await pool.first(Prepared()) == 1) }
            _ = try await pool.first(One())
            _ = try await pool.first(One())
            #expect(try await pool.first(Prepared()) == 2)
        }
    }

    @Test func aStatementIsPreparedAgainWhenTheServerForgotItOrTheSchemaChanged() async throws {
        struct All: Statement {
            static let sql = "SELECT * FROM t"
            static func decode(_ row: Row) throws -> String? { try row["b"] }
        }
        try await withPool(size: 1) { pool in
            try await pool.withConnection { connection in
                try await connection.executeScript("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2)")
                #expect(try await connection.first(All()) == "2")
                try await connection.executeScript("ALTER TABLE t ALTER b TYPE text")
                #expect(try await connection.first(All()) == "2")
                try await connection.executeScript("DEALLOCATE ALL")
                #expect(try await connection.first(All()) == "2")
            }
        }
    }

    @Test func aLargeParameterAndALargeResultPass() async throws {
        struct Echo: Statement {
            static let sql = "SELECT $1::text || $1::text AS value"
            let text: String
            var parameters: [any SQLEncodable] { [text] }
            static func decode(_ row: Row) throws -> Int { (try row["value"] as String).utf8.count }
        }
        try await withPool(size: 2) { pool in
            let text = String(repeating: "0123456789abcdef", count: 1 << 19)
            async let one = pool.first(Echo(text: text))
            async let other = pool.first(Echo(text: text))
            let lengths = try await [one, other]
            #expect(lengths == [1 << 24, 1 << 24])
        }
    }

    @Test func aNulCharacterIsRefusedInsteadOfCuttingTheValue() async throws {
        struct Text: Statement {
            static let sql = "SELECT $1::text AS value"
            typealias Output = Void
            var parameters: [any SQLEncodable] { ["a\0b"] }
        }
        try await withPool(size: 1) { pool in
            let error = await postgresError { try await pool.execute(Text()) }
            #expect(error?.sqlState == "22021")
            #expect(error?.message.contains("$1") == true)
        }
    }

    @Test func copyIsRefusedAndThePoolGoesOn() async throws {
        try await withPool(size: 1) { pool in
            let error = await postgresError {
                try await pool.withConnection { try await $0.executeScript("COPY (SELECT 1) TO STDOUT") }
            }
            #expect(error?.message == "COPY is not supported")
            let one = try await pool.first(One())
            #expect(one == 1)
        }
    }

    @Test func noticesGoToTheLogAtDebug() async throws {
        let log = TestLog()
        try await withPool(size: 1, log: log) { pool in
            try await pool.withConnection { try await $0.executeScript("DO $$BEGIN RAISE WARNING 'mind'; END$$") }
        }
        #expect(log.entries.contains { $0.hasPrefix("debug") && $0.contains("mind") })
    }
}
