import Postgres
import TestSupport
import Testing

@Suite struct ConnectingTests {
    private func firstError(_ configuration: PostgresConfiguration, log: TestLog = TestLog()) async throws
        -> PostgresError
    {
        try await withPool(configuration, log: log) { pool in
            try #require(await postgresError { _ = try await pool.first(One()) })
        }
    }

    @Test func aRefusedPasswordFailsAtOnceSaysSoAndIsNotShown() async throws {
        let server = try await PostgresServer.shared()
        try await withPool(PostgresConfiguration(conninfo: server.conninfo)) { pool in
            try await pool.withConnection {
                try await $0.executeScript("CREATE ROLE locked LOGIN PASSWORD 'right' IN ROLE password_required")
            }
        }
        let log = TestLog()
        let conninfo = "postgresql://locked:wr0ng-secret@127.0.0.1:\(server.port)/postgres"
        // The acquire timeout would end the test's patience: the error does not wait for it.
        let error = try await firstError(
            PostgresConfiguration(conninfo: conninfo, acquireTimeout: .seconds(600)), log: log)
        #expect(error.code == .configuration)
        #expect(error.sqlState == "28P01")
        #expect(error.isUnavailable)
        #expect(error.message.contains("password authentication failed for user \"locked\""))
        #expect(!"\(error) \(log.entries)".contains("wr0ng-secret"))
        #expect(log.entries.contains { $0.hasPrefix("warning cannot connect") })

        let right = "host=127.0.0.1 port=\(server.port) user=locked password=right dbname=postgres"
        try await withPool(PostgresConfiguration(conninfo: right)) { pool in
            let one = try await pool.first(One())
            #expect(one == 1)
        }
    }

    @Test func anUnknownDatabaseFailsAtOnceAndIsNamed() async throws {
        let conninfo = try await PostgresServer.shared().conninfo(database: "nowhere")
        let error = try await firstError(PostgresConfiguration(conninfo: conninfo, acquireTimeout: .seconds(600)))
        #expect(error.code == .configuration)
        #expect(error.sqlState == "3D000")
        #expect(error.message.contains("database \"nowhere\" does not exist"))
    }

    @Test func anUnreachableServerIsAClearErrorWithinTheAcquireTimeout() async throws {
        let conninfo = "postgresql://postgres@127.0.0.1:\(try freePort())/postgres"
        let error = try await firstError(PostgresConfiguration(conninfo: conninfo, acquireTimeout: .seconds(2)))
        #expect(error.code == .unreachable)
        #expect(error.isUnavailable)
        #expect(error.message.contains("Connection refused"))
        #expect((error.cause as? PostgresError)?.code == .unreachable)
    }

    @Test func theSessionIsSetUpAsTheDecodingNeedsItWhateverTheConninfoSays() async throws {
        struct Setting: Statement {
            static let sql = "SELECT current_setting($1) AS value"
            let name: String
            var parameters: [any SQLEncodable] { [name] }
            static func decode(_ row: Row) throws -> String { try row["value"] }
        }
        let server = try await PostgresServer.shared()
        let conninfo = """
            host=127.0.0.1 port=\(server.port) user=postgres dbname=postgres client_encoding=LATIN1
            options='-c TimeZone=Asia/Tokyo -c work_mem=5MB'
            """
        try await withPool(PostgresConfiguration(conninfo: conninfo, statementTimeout: .milliseconds(4321))) { pool in
            for (name, value) in [
                ("TimeZone", "UTC"), ("DateStyle", "ISO, MDY"), ("bytea_output", "hex"), ("client_encoding", "UTF8"),
                ("statement_timeout", "4321ms"), ("application_name", "tussock"), ("work_mem", "5MB"),
            ] {
                let actual = try await pool.first(Setting(name: name))
                #expect(actual == value)
            }
        }
    }

    @Test func theNextAttemptStartsAtTheNextHost() async throws {
        let server = try await PostgresServer.shared()
        let dead = try freePort()
        let conninfo = "host=127.0.0.1,127.0.0.1 port=\(dead),\(server.port) user=postgres dbname=postgres"
        try await withPool(PostgresConfiguration(conninfo: conninfo)) { pool in
            let one = try await pool.first(One())
            #expect(one == 1)
        }
    }

    @Test(arguments: [
        "postgresql://user:s3cr%zzet@host/db", "postgres://user:s3cret@host:port/db", "postgresql://u:s3cret@[::1/db",
        "host=h password=s3c ret", "host=h passwd=s3cret", "host=h password='s3cret", "s3cret",
        "host=h port=x password=s3c ret",
        "postgresql://u@h/db?password=s3%zzcret", "postgresql://u:a\"s3cr%zzet@h/db",
    ])
    func malformedConninfoIsRefusedWithLibpqsWordsAndWithoutThePassword(conninfo: String) {
        // The port is not checked by the parser, and a lone word or a misspelt keyword is not known to be a password.
        let isParsed = conninfo.contains(":port")
        let isMarked = conninfo.contains("password=") || conninfo.contains(":")
        do {
            try PostgresConfiguration(conninfo: conninfo).validate()
            #expect(isParsed)
        } catch {
            #expect((error as? PostgresError)?.code == .configuration)
            #expect("\(error)".contains("malformed"))
            let shown = "\(error)"
            #expect(!isMarked || ["s3c", "cret", "ret\"", "zzet"].allSatisfy { !shown.contains($0) }, "\(shown)")
        }
    }

    @Test func limitsThatCannotWorkAreRefusedByName() {
        func message(_ change: (inout PostgresConfiguration) -> Void) -> String {
            var configuration = PostgresConfiguration(conninfo: "host=h")
            change(&configuration)
            do { try configuration.validate() } catch { return "\(error)" }
            return ""
        }
        #expect(message { $0.poolSize = 0 }.contains("poolSize"))
        #expect(message { $0.acquireTimeout = .zero }.contains("acquireTimeout"))
        #expect(message { $0.statementTimeout = .zero }.contains("statementTimeout"))
        #expect(message { $0.connectTimeout = .seconds(-1) }.contains("connectTimeout"))
        #expect(message { _ in }.isEmpty)
    }

    @Test func aMalformedConninfoEndsTheServicesAtTheirStart() async throws {
        let configuration = PostgresConfiguration(conninfo: "hots=127.0.0.1")
        let log = TestLog()
        let pool = await postgresError { try await PostgresPool(configuration, logger: log.logger).run() }
        let listener = await postgresError { try await PostgresListener(configuration, logger: log.logger).run() }
        #expect(pool?.message.contains("invalid connection option \"hots\"") == true)
        #expect(listener?.code == .configuration)
    }
}
