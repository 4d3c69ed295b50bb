import Logging
import Postgres
import Schema

/// The database as commands meet it: where it is, and whether its schema fits this program.
enum Database {
    static let migrator = Migrator(Schema.migrations.map { Migration(name: $0.name, sql: $0.sql) })

    static func configuration(_ settings: Settings, label: String, poolSize: Int) throws -> PostgresConfiguration {
        let configuration = PostgresConfiguration(
            conninfo: try settings.required("database_url"), applicationName: label, poolSize: poolSize)
        do {
            try configuration.validate()
            return configuration
        } catch let error as PostgresError {
            throw Settings.Mistake(description: "--database-url (TUSSOCK_DATABASE_URL): \(error.message)")
        }
    }

    /// A pool for a command or for the checks at a start: few connections, and no log lines, since whatever goes wrong
    /// is told by the error.
    static func short<Result: Sendable>(
        _ configuration: PostgresConfiguration, poolSize: Int = 2, _ body: (PostgresPool) async throws -> Result
    ) async throws -> Result {
        var configuration = configuration
        configuration.poolSize = poolSize
        let pool = PostgresPool(configuration, logger: Logger(label: "") { _ in SwiftLogNoOpLogHandler() })
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Throws a `Mistake` unless the schema is this version's, or a newer one that says that this version may go on
    /// (schema/Schema.swift tells the rule); `PostgresError` if the database is away.
    static func checkSchema(_ pool: PostgresPool) async throws {
        if let problem = problem(try await migrator.status(pool)) { throw Settings.Mistake(description: problem) }
    }

    /// nil for a schema that fits.
    static func problem(_ status: Migrator.Status) -> String? {
        switch status {
        case .current, .newer: nil
        case .behind(let missing):
            "the database's schema lacks \(missing.joined(separator: ", ")); run `tussock migrate`"
        case .ahead(let unknown):
            "the database's schema has \(unknown.joined(separator: ", ")), which this version of tussock does not "
                + "know and cannot work with; use the version whose `tussock migrate` made it, or a later one"
        case .altered(let name):
            "the database's schema has another \(name) than this version of tussock; restore schema/\(name).sql "
                + "as it was released, or use the version that made the database"
        }
    }
}
