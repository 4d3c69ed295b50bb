import ArgumentParser
import Content
import Foundation
import Postgres

/// Brings the database to this version's schema.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this version's schema.",
        discussion: """
            Makes the account `admin` as well, with the password in TUSSOCK_ADMIN_PASSWORD, or with a random one that \
            is printed once. May be run again, and by several at once.
            """)

    @Flag(help: "Print what is applied and what is missing, and change nothing; exit code 1 if something is missing.")
    var status = false

    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "General") var common: CommonOptions

    func run() async throws {
        try await reportingMistakes {
            let settings = try Settings(options: merged(database.settings, common.settings), file: common.config)
            let configuration = try Database.configuration(settings, label: "tussock-migrate", poolSize: 2)
            try await Database.short(configuration) { try await status ? show($0) : migrate($0, settings) }
        }
    }

    private func migrate(_ pool: PostgresPool, _ settings: Settings) async throws {
        let applied = try await Database.migrator.migrate(pool)
        print(applied.isEmpty ? "nothing to apply" : "applied \(applied.joined(separator: ", "))")
        let accounts = Accounts(pool: pool)
        if let made = try await accounts.ensureAdministrator(password: settings.text("admin_password")) {
            print("made the account \(Accounts.administrator) with the password \(made)")
        }
    }

    private func show(_ pool: PostgresPool) async throws {
        for applied in try await Database.migrator.applied(pool) {
            print("\(applied.name)  applied \(applied.appliedAt.ISO8601Format())")
        }
        let status = try await Database.migrator.status(pool)
        if case .behind(let missing) = status { for name in missing { print("\(name)  missing; \(try advice(name))") } }
        if case .newer(let unknown) = status {
            return print("the schema has \(unknown.joined(separator: ", ")) of a newer version; this one may go on")
        }
        guard let problem = Database.problem(status) else { return print("the schema is this version's") }
        print(problem)
        throw ExitCode(1)
    }

    /// What becomes of older nodes when a migration is applied.
    private func advice(_ name: String) throws -> String {
        let migration = Database.migrator.migrations.first { $0.name == name }
        guard let oldest = try migration?.compatibleWith() else { return "stop all nodes of older versions first" }
        return "nodes of versions from migration \(oldest) on may go on"
    }
}
