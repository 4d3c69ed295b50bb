import Foundation
import Logging
import ServiceLifecycle
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// The private PostgreSQL of one data folder: reached by a Unix socket only, which nobody but its owner may use.
///
/// PostgreSQL refuses to run as root. Started by root, it runs as `postgres` or `nobody`; if that user cannot reach the
/// data folder (below /root, say), its data stands in /var/lib/tussock and the folder has a note of that.
struct PrivatePostgres: Service {
    private let binaries: PostgresBinaries
    private let owner: PostgresOwner?
    private let data: String
    private let socket: String
    private let log: String
    private let connections: Int
    private let logger: Logger
    private static let port = 5432

    /// Reaches the database `postgres` as its superuser `tussock`.
    var conninfo: String {
        "host='\(socket.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))' port=\(Self.port) user=tussock "
            + "dbname=postgres"
    }

    /// Finds the programs, makes the database if there is none, and stops one that an earlier run left behind.
    static func prepare(in folder: DataFolder, connections: Int, logger: Logger) async throws -> PrivatePostgres {
        let owner = try PostgresOwner.ofThisProcess()
        let data = try await location(folder, owner)
        let made = FileManager.default.contents(atPath: data + "/PG_VERSION")
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
        let postgres = PrivatePostgres(
            binaries: try .find(version: made.flatMap { Int($0) }), owner: owner, data: data,
            socket: try socketFolder(data, owner), log: folder.path + "/postgres.log", connections: connections,
            logger: logger)
        if made == nil { try await postgres.initialize() } else { try await postgres.stopLeftover() }
        return postgres
    }

    private static func location(_ folder: DataFolder, _ owner: PostgresOwner?) async throws -> String {
        let preferred = folder.path + "/postgres"
        guard let owner else { return preferred }
        if try await owner.canReach(folder.path) { return try owner.makeFolder(preferred) }
        let name = folder.path.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        let path = "/var/lib/tussock/\(String(name, radix: 16))/postgres"
        let note = "PostgreSQL runs as \(owner.name), who cannot reach this folder; its data is in \(path)\n"
        try? note.write(toFile: folder.path + "/postgres-is-elsewhere", atomically: true, encoding: .utf8)
        return try owner.makeFolder(path)
    }

    /// The data folder, unless its path is too long for a socket's address (107 bytes).
    private static func socketFolder(_ data: String, _ owner: PostgresOwner?) throws -> String {
        if data.utf8.count <= 85 { return data }
        var template = Array("/tmp/tussock-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Settings.Mistake(description: "no folder for a socket could be made in /tmp")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        owner?.own(path)
        return path
    }

    private func initialize() async throws {
        logger.info("making a database", metadata: ["folder": "\(data)", "version": "\(binaries.version)"])
        let result = try await Subprocess.run(
            command("initdb", ["-D", data, "-U", "tussock", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]),
            output: .discarded, error: .string(limit: 65_536))
        guard result.terminationStatus.isSuccess else {
            throw Settings.Mistake(
                description: "initdb failed: \(result.standardError.trimmingCharacters(in: .whitespacesAndNewlines))")
        }
    }

    private func stopLeftover() async throws {
        guard FileManager.default.fileExists(atPath: data + "/postmaster.pid") else { return }
        // Exits with an error when the file is only stale; starting tells if something is really wrong.
        _ = try await Subprocess.run(
            command("pg_ctl", ["-D", data, "-m", "fast", "-w", "stop"]), output: .discarded, error: .discarded)
    }

    /// One of PostgreSQL's programs, as the right user, in a process group of its own.
    private func command(_ program: String, _ arguments: [String]) -> Configuration {
        let own = [binaries.folder + "/" + program] + arguments
        let line = owner?.command(own) ?? own
        var options = PlatformOptions()
        options.processGroupID = 0
        return Configuration(
            executable: owner == nil ? .path(FilePath(line[0])) : .name(line[0]),
            arguments: Arguments(Array(line.dropFirst())), environment: .inherit.updating(["LC_ALL": "C"]),
            workingDirectory: "/", platformOptions: options)
    }

    /// Runs it until shutdown; SIGINT is its "fast" shutdown.
    func run() async throws {
        let file = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .append], permissions: [.ownerReadWrite, .groupRead, .otherRead])
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(socket)", "unix_socket_permissions=0700",
            "port=\(Self.port)", "max_connections=\(connections)",
        ]
        let result = try await Subprocess.run(
            command("postgres", ["-D", data] + settings.flatMap { ["-c", $0] }), input: .none, output: .sequence,
            error: .fileDescriptor(file, closeAfterSpawningProcess: true)
        ) { execution in
            await withGracefulShutdownHandler {
                do { for try await _ in execution.standardOutput {} } catch { return }
            } onGracefulShutdown: {
                // Nothing to stop when it has ended by itself.
                try? execution.send(signal: .interrupt)
            }
        }
        guard Task.isShuttingDownGracefully || Task.isCancelled else {
            throw Settings.Mistake(
                description: "PostgreSQL ended by itself (\(result.terminationStatus)); \(log) tells why")
        }
    }
}
