import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
    private static let first = Migration(name: "001_a", sql: "CREATE TABLE a (id int); INSERT INTO a VALUES (1);")
    private static let second = Migration(
        name: "002_b", sql: "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1), (2);")
    private static let broken = Migration(name: "003_c", sql: "CREATE TABLE c (id int); SELECT 1/0; CREATE TABLE d ();")

    private struct Tables: Statement {
        static let sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        static func decode(_ row: Row) throws -> String { try row["name"] }
    }

    @Test func missingMigrationsAreAppliedInOrderAndOnce() async throws {
        try await withPool { pool in
            let migrator = Migrator([Self.second, Self.first])
            #expect(try await migrator.status(pool) == .behind(missing: ["001_a", "002_b"]))
            #expect(try await migrator.applied(pool) == [])
            #expect(try await migrator.migrate(pool) == ["001_a", "002_b"])
            #expect(try await migrator.status(pool) == .current)
            #expect(try await migrator.migrate(pool) == [])
            let applied = try await migrator.applied(pool)
            #expect(applied.map(\.name) == ["001_a", "002_b"])
            #expect(applied.allSatisfy { $0.checksum.count == 64 && abs($0.appliedAt.timeIntervalSinceNow) < 600 })
            #expect(try await pool.query(Tables()) == ["a", "b", "schema_migration"])
        }
    }

    @Test func theChecksumIsTheSHA256OfTheText() async throws {
        try await withPool { pool in
            let migrator = Migrator([Migration(name: "1", sql: "SELECT 'Füße'")])
            _ = try await migrator.migrate(pool)
            let checksum = "fc3514e5a841f3d13a0e5ed3c429a76d5b3a9026b8bdc2873875ff4e7df4e9c1"
            #expect(try await migrator.applied(pool).first?.checksum == checksum)
        }
    }

    @Test func twoProcessesAtOnceApplyEachMigrationOnce() async throws {
        let conninfo = try await PostgresServer.shared().createDatabase()
        let configuration = PostgresConfiguration(conninfo: conninfo, acquireTimeout: .seconds(20))
        let migrations = (1...5).map {
            Migration(name: "00\($0)", sql: "CREATE TABLE t\($0) (); SELECT pg_sleep(0.01)")
        }
        try await withPool(configuration) { one in
            try await withPool(configuration) { other in
                async let first = Migrator(migrations).migrate(one)
                async let second = Migrator(migrations).migrate(other)
                async let third = Migrator(migrations).migrate(other)
                let names = try await first + second + third
                #expect(names.sorted() == migrations.map(\.name))
            }
        }
    }

    @Test func anAlteredMigrationIsNamedAndRefused() async throws {
        try await withPool { pool in
            _ = try await Migrator([Self.first]).migrate(pool)
            let migrator = Migrator([Migration(name: "001_a", sql: Self.first.sql + " "), Self.second])
            #expect(try await migrator.status(pool) == .altered(name: "001_a"))
            let error = await postgresError { _ = try await migrator.migrate(pool) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("001_a") == true)
            #expect(try await pool.query(Tables()) == ["a", "schema_migration"])
        }
    }

    @Test func aSchemaFromANewerProgramIsNamedAndRefused() async throws {
        try await withPool { pool in
            _ = try await Migrator([Self.first, Self.second]).migrate(pool)
            let migrator = Migrator([Self.first])
            #expect(try await migrator.status(pool) == .ahead(unknown: ["002_b"]))
            #expect(await postgresError { _ = try await migrator.migrate(pool) }?.message.contains("002_b") == true)
        }
    }

    @Test(arguments: [(1, true), (2, false)])
    func aNewerSchemaIsAcceptedFromTheVersionOnThatItNames(oldest: Int, accepted: Bool) async throws {
        try await withPool { pool in
            let third = Migration(name: "003_c", sql: "-- compatible-with: \(oldest)\nCREATE TABLE c ()")
            let second = Migration(name: "002_b", sql: "-- compatible-with: 1\n" + Self.second.sql)
            _ = try await Migrator([Self.first, second, third]).migrate(pool)
            let old = Migrator([Self.first])
            let status = try await old.status(pool)
            #expect(status == (accepted ? .newer(unknown: ["002_b", "003_c"]) : .ahead(unknown: ["002_b", "003_c"])))
            let error = await postgresError {
                let applied = try await old.migrate(pool)
                #expect(applied == [])
            }
            #expect((error == nil) == accepted)
            #expect(try await Migrator([Self.first, second]).status(pool) == .newer(unknown: ["003_c"]))
            #expect(try await Migrator([Self.first, second, third]).status(pool) == .current)
        }
    }

    /// Also if those after it can.
    @Test func oneMigrationWithoutTheLineIsEnoughToRefuseOldPrograms() async throws {
        try await withPool { pool in
            let third = Migration(name: "003_c", sql: "-- compatible-with: 1\nCREATE TABLE c ()")
            _ = try await Migrator([Self.first, Self.second, third]).migrate(pool)
            #expect(try await Migrator([Self.first]).status(pool) == .ahead(unknown: ["002_b", "003_c"]))
            #expect(try await Migrator([Self.first, Self.second]).status(pool) == .newer(unknown: ["003_c"]))
        }
    }

    @Test func aProgramThatLacksAMigrationOfItsOwnIsBehindOnANewerSchemaToo() async throws {
        try await withPool { pool in
            let third = Migration(name: "003_c", sql: "-- compatible-with: 1\nCREATE TABLE c ()")
            _ = try await Migrator([Self.first, third]).migrate(pool)
            #expect(try await Migrator([Self.first, Self.second]).status(pool) == .behind(missing: ["002_b"]))
        }
    }

    @Test(arguments: ["2", "0", "x", "", "1\n-- compatible-with: 1"])
    func aMalformedLineIsRefusedBeforeAnythingIsApplied(text: String) async throws {
        try await withPool { pool in
            let wrong = Migration(name: "002_b", sql: "-- compatible-with: \(text)\nCREATE TABLE b ()")
            let error = await postgresError { _ = try await Migrator([Self.first, wrong]).migrate(pool) }
            #expect(error?.message.contains("002_b") == true)
            let tables = try await pool.query(Tables())
            #expect(tables == [])
        }
    }

    @Test func aFailingMigrationLeavesNothingOfItselfAndAllBeforeIt() async throws {
        try await withPool(size: 1) { pool in
            let migrator = Migrator([Self.first, Self.broken])
            for _ in 1...2 {
                let error = await postgresError { _ = try await migrator.migrate(pool) }
                #expect(error?.sqlState == "22012")
                #expect(error?.message.contains("003_c") == true)
                let tables = try await pool.query(Tables())
                #expect(tables == ["a", "schema_migration"])
                let status = try await migrator.status(pool)
                #expect(status == .behind(missing: ["003_c"]))
            }
        }
    }

    @Test func aMigrationThatEndsItsTransactionIsNotRecorded() async throws {
        try await withPool { pool in
            let migrator = Migrator([Migration(name: "1", sql: "CREATE TABLE a (); COMMIT")])
            #expect(await postgresError { _ = try await migrator.migrate(pool) }?.code == .configuration)
            let applied = try await migrator.applied(pool)
            #expect(applied == [])
        }
    }

    @Test func noStatementTimeoutEndsAMigration() async throws {
        try await withPool(statementTimeout: .milliseconds(100)) { pool in
            let migrator = Migrator([Migration(name: "1", sql: "SELECT pg_sleep(1.5)")])
            let names = try await migrator.migrate(pool)
            #expect(names == ["1"])
        }
    }

    @Test func aNameThatOccursTwiceIsRefused() async throws {
        try await withPool { pool in
            let error = await postgresError { _ = try await Migrator([Self.first, Self.first]).status(pool) }
            #expect(error?.code == .configuration)
        }
    }
}
