import ArgumentParser
import Content
import Front
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import UnixSignals

/// The embedded default: everything on one machine with one command.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run everything on this machine: a private PostgreSQL, front nodes and finalizers.",
        discussion: """
            Ctrl-C stops all of it. The next `up` on the same folder goes on with the same data, also after a crash.
            """)

    @Option(help: "Folder for the database and the volume.")
    var data = ".tussock"

    @Option(help: "Address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "Port of the first front node; the others take the next ones. (default: 8080)")
    var port: String?

    @Option(
        help: """
            Port of the first process's operations listener (/livez, /readyz, /metrics); the other front nodes and \
            then the finalizers take the next ones. (default: 0, none)
            """)
    var opsPort: String?

    @Option(help: "Front nodes, each a process of its own.")
    var fronts = 1

    @Option(help: "Finalizers, each a process of its own.")
    var finalizers = 1

    @OptionGroup(title: "TLS") var tls: TLSOptions
    @OptionGroup(title: "Uploads") var upload: UploadOptions
    @Option(help: "fsync or page-cache. (default: fsync)")
    var durability: String?
    @OptionGroup(title: "General") var common: CommonOptions

    func validate() throws {
        guard (1...64).contains(fronts) else { throw ValidationError("--fronts must be from 1 to 64") }
        guard (0...64).contains(finalizers) else { throw ValidationError("--finalizers must be from 0 to 64") }
        guard !data.isEmpty else { throw ValidationError("--data must name a folder") }
    }

    func run() async throws {
        try await reportingMistakes {
            let options = merged(
                ["host": host, "port": port, "ops_port": opsPort, "durability": durability], tls.settings,
                upload.settings,
                common.settings)
            let settings = try Settings(options: options, file: common.config)
            _ = try FrontSettings(settings)
            _ = try settings.certificate()
            let folder = try DataFolder.open(data)
            let host = settings.text("host") ?? "127.0.0.1"
            let first = try settings.integer("port", in: 1...65_535 - fronts) ?? 8080
            let operations = try operationsPorts(settings)
            try await folder.waitForLeftovers()
            for port in first..<(first + fronts) { try Port.check(host: host, port: port) }
            for port in operations where port != 0 {
                try Port.check(host: operationsHost(settings), port: port, prefix: "ops-")
            }
            try await start(
                settings, folder, host: host, ports: Array(first..<(first + fronts)), operations: operations)
        }
    }

    private func operationsHost(_ settings: Settings) -> String { settings.text("ops_host") ?? "127.0.0.1" }

    /// One for each process, the front nodes' first; 0: none.
    private func operationsPorts(_ settings: Settings) throws -> [Int] {
        let count = fronts + finalizers
        let first = try settings.integer("ops_port", in: 0...65_536 - count) ?? 0
        return (0..<count).map { first == 0 ? 0 : first + $0 }
    }

    private func start(
        _ settings: Settings, _ folder: DataFolder, host: String, ports: [Int], operations: [Int]
    ) async throws {
        let logger = try settings.makeLogger("tussock-up")
        let postgres = try await PrivatePostgres.prepare(
            in: folder, connections: 50 + 24 * (fronts + finalizers), logger: logger)
        let announcement = Announcement(
            scheme: settings.text("tls_certificate") == nil ? "http" : "https", host: host, ports: ports,
            operationsHost: operationsHost(settings), operations: operations.filter { $0 != 0 }, folder: folder,
            postgres: postgres)
        let common = forwarded(settings, postgres, folder)
        let roles =
            ports.enumerated().map { index, port in
                role(
                    "front \(index + 1)",
                    ["serve", "--host", host, "--port", "\(port)", "--ops-port", "\(operations[index])"], common,
                    folder,
                    logger)
            }
            + operations.dropFirst(fronts).enumerated().map { index, port in
                role("finalizer \(index + 1)", ["finalize", "--ops-port", "\(port)"], common, folder, logger)
            }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    postgres,
                    Prepared(roles: roles, prepare: { try await migrate(settings, postgres, announcement) }),
                ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        try await group.run()
    }

    /// The group's own messages are of no use to the person at the terminal.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .critical)
        return logger
    }

    private func role(
        _ name: String, _ arguments: [String], _ environment: [String: String], _ folder: DataFolder, _ logger: Logger
    ) -> ChildProcess {
        ChildProcess(
            name: name, executable: DataFolder.thisExecutable, arguments: arguments + ["--end-with-parent"],
            environment: environment, folder: folder, logger: logger)
    }

    /// What the roles are to know, as their environment.
    private func forwarded(
        _ settings: Settings, _ postgres: PrivatePostgres, _ folder: DataFolder
    ) -> [String: String] {
        let own = ["host", "port", "ops_port", "database_url", "volume", "admin_password"]
        var environment: [String: String] = [:]
        for name in Settings.known.subtracting(own) {
            environment["TUSSOCK_\(name.uppercased())"] = settings.text(name) ?? ""
        }
        environment["TUSSOCK_DATABASE_URL"] = postgres.conninfo
        environment["TUSSOCK_VOLUME"] = folder.volume
        return environment
    }

    private func migrate(
        _ settings: Settings, _ postgres: PrivatePostgres, _ announcement: Announcement
    ) async throws -> Announcement {
        let configuration = PostgresConfiguration(
            conninfo: postgres.conninfo, applicationName: "tussock-up", acquireTimeout: .seconds(60))
        let given = settings.text("admin_password")
        let made = try await Database.short(configuration) { pool in
            _ = try await Database.migrator.migrate(pool)
            return try await Accounts(pool: pool).ensureAdministrator(password: given)
        }
        var announcement = announcement
        announcement.password = made
        announcement.isGiven = given != nil
        return announcement
    }
}
