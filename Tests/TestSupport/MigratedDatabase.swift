package import Logging
package import Postgres
import Schema
import Synchronization

/// A database of its own with this version's schema, copied from a template that is migrated once in a process.
package struct MigratedDatabase: Sendable {
    package let server: PostgresServer
    package let name: String
    package let pool: PostgresPool

    package var conninfo: String { server.conninfo(database: name) }

    /// Lends a fresh copy for the length of `body`. So few are lent at once that the server's connections suffice.
    package static func with<R: Sendable>(
        poolSize: Int = 6, _ body: (MigratedDatabase) async throws -> R
    ) async throws -> R {
        try await places.hold {
            let database = try await copy(poolSize: poolSize)
            let result: Result<R, any Error>
            do {
                result = .success(try await body(database))
            } catch {
                result = .failure(error)
            }
            await database.pool.close()
            // What stays goes with the server.
            try? await drop(database)
            return try result.get()
        }
    }

    /// Any statements, in one transaction unless the text has its own.
    package func script(_ sql: String) async throws {
        try await pool.withConnection { try await $0.executeScript(sql) }
    }

    /// The rows of a query with one column of type text.
    package func texts(_ query: String) async throws -> [String?] {
        try await pool.query(TestRows(query: query))
    }

    /// The one value of a query with one column and one row, as text.
    package func value(_ query: String) async throws -> String? {
        let rows = try await texts("SELECT value::text FROM (\(query)) AS asked(value)")
        guard rows.count == 1 else { throw TestServerError(message: "\(rows.count) rows: \(query)") }
        return rows[0]
    }

    /// Another pool on it, such as another process has.
    package func anotherPool(size: Int = 4, name: String = "test") -> PostgresPool {
        PostgresPool(.patient(conninfo, name: name, poolSize: size), logger: Self.silence)
    }

    package static let silence = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}

extension MigratedDatabase {
    private static let places = Places(8)
    private static let lastCopy = Atomic(0)

    private struct Template {
        var server: PostgresServer
        var name: String
        /// Connected to `postgres`: a database with connections cannot be copied.
        var administration: PostgresPool
    }

    private static let template = Task {
        let server = try await PostgresServer.shared()
        let conninfo = try await server.createDatabase()
        let pool = PostgresPool(.patient(conninfo, poolSize: 1), logger: silence)
        _ = try await Migrator(Schema.migrations.map { Migration(name: $0.name, sql: $0.sql) }).migrate(pool)
        let name = try await pool.withConnection { connection in
            try await connection.executeScript(TestRows.function)
            return try await connection.first(TestRows(query: "SELECT current_database()::text"))
        }
        await pool.close()
        guard let name = name.flatMap({ $0 }) else { throw TestServerError(message: "the template has no name") }
        let administration = PostgresPool(.patient(server.conninfo, poolSize: 2), logger: silence)
        return Template(server: server, name: name, administration: administration)
    }

    /// All of them together would fill gibibytes.
    private static func drop(_ database: MigratedDatabase) async throws {
        try await template.value.administration.withConnection {
            try await $0.executeScript("DROP DATABASE \(database.name) WITH (FORCE)")
        }
    }

    private static func copy(poolSize: Int) async throws -> MigratedDatabase {
        let template = try await template.value
        let name = "copy_\(lastCopy.add(1, ordering: .relaxed).newValue)"
        try await template.administration.withConnection {
            try await $0.executeScript("CREATE DATABASE \(name) TEMPLATE \(template.name)")
        }
        let conninfo = template.server.conninfo(database: name)
        return MigratedDatabase(
            server: template.server, name: name,
            pool: PostgresPool(.patient(conninfo, poolSize: poolSize), logger: silence))
    }
}

/// Whatever a test asks, since a `Statement` has a fixed text.
private struct TestRows: Statement {
    var query: String

    static let function = """
        CREATE SCHEMA test;
        CREATE FUNCTION test.rows(query text) RETURNS SETOF text LANGUAGE plpgsql AS
            'BEGIN RETURN QUERY EXECUTE query; END'
        """
    static let sql = "SELECT rows AS value FROM test.rows($1)"

    var parameters: [any SQLEncodable] { [query] }

    static func decode(_ row: Row) throws -> String? { try row["value"] }
}
