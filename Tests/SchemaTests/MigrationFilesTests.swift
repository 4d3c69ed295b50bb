import Foundation
import Postgres
import Schema
import TestSupport
import Testing

@Suite struct MigrationFilesTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "schema")

    @Test func everyFileIsCompiledInWordForWord() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".sql") }.sorted()
        #expect(files == Schema.migrations.map { $0.name + ".sql" })
        for (name, sql) in Schema.migrations {
            let text = try String(contentsOf: Self.folder.appending(path: name + ".sql"), encoding: .utf8)
            #expect(text == sql)
        }
    }

    @Test func theFilesAreNumberedWithoutAGap() {
        for (index, migration) in Schema.migrations.enumerated() {
            let number = String(index + 1)
            let padded = String(repeating: "0", count: 3 - number.count) + number
            #expect(migration.name.hasPrefix("\(padded)_"))
        }
    }

    @Test func whatAFileSaysOfOlderProgramsIsWellFormed() throws {
        for (name, sql) in Schema.migrations { _ = try Migration(name: name, sql: sql).compatibleWith() }
    }

    /// An operator may apply them by hand.
    @Test func psqlMakesTheSameDatabaseOfThemAsTheMigrator() async throws {
        let server = try await PostgresServer.shared()
        let (byHand, byProgram) = (try await server.createDatabase(), try await server.createDatabase())
        for (name, _) in Schema.migrations {
            let file = Self.folder.appending(path: name + ".sql").path
            _ = try await run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-f", file, byHand)
        }
        let pool = PostgresPool(
            PostgresConfiguration(conninfo: byProgram, poolSize: 1), logger: MigratedDatabase.silence)
        _ = try await Migrator(Schema.migrations.map { Migration(name: $0.name, sql: $0.sql) }).migrate(pool)
        await pool.close()
        let options = ["--schema-only", "--no-owner", "--exclude-table=schema_migration"]
        let hand = try await run("pg_dump", options + [byHand])
        let program = try await run("pg_dump", options + [byProgram])
        #expect(hand.contains("CREATE TABLE public.upload") && Self.withoutKeys(hand) == Self.withoutKeys(program))
    }

    /// Newer versions of pg_dump put a random key into `\restrict`.
    private static func withoutKeys(_ dump: String) -> String {
        dump.split(separator: "\n").filter { !$0.contains("restrict") }.joined(separator: "\n")
    }

    private func run(_ program: String, _ arguments: String...) async throws -> String {
        try await run(program, arguments)
    }

    /// Its output goes into a file: the writing end of a pipe could be inherited by a child that another test starts
    /// at that moment, and then never ends.
    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let folder = try await TestFolder()
        let process = try folder.spawn(program, "/usr/bin/env", [program] + arguments)
        guard try await process.end() == .exited(0) else {
            throw TestServerError(message: "\(program): \(process.log)")
        }
        return process.output
    }
}
