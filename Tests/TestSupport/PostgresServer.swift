import Foundation
import Logging
import Postgres
import Synchronization

/// A private PostgreSQL for tests: own folder in /tmp, own port on 127.0.0.1, own Unix socket, no password.
///
/// A shell watches over it whose standard input is a pipe from this process: when the pipe ends, be it by `deinit`, the
/// end of the tests or `kill -9`, it stops the server and removes the folder.
package final class PostgresServer: Sendable {
    /// Holds the server's files: `data`, `log` and the Unix socket.
    package let folder: String
    /// The TCP port on 127.0.0.1.
    package let port: Int
    private let watchdog: Watchdog
    private let lastDatabase = Atomic(0)

    private init(folder: String, port: Int, watchdog: Watchdog) {
        (self.folder, self.port, self.watchdog) = (folder, port, watchdog)
    }

    private static let sharedStart = Task { try await start() }

    /// One server for the whole test process, started by the first who asks. Nobody may stop or pause it.
    package static func shared() async throws -> PostgresServer {
        try await sharedStart.value
    }

    /// Starts a server in one or two seconds. It does not call fsync, unless it is `durable`.
    ///
    /// Throws `TestServerError` with the server's log when it does not start.
    /// - Parameter connections: the most that it takes.
    package static func start(durable: Bool = false, connections: Int = 300) async throws -> PostgresServer {
        let installation = try PostgresInstallation.find()
        do {
            return try await start(installation, durable, connections)
        } catch let error as TestServerError where error.message.contains("Address already in use") {
            // Somebody took the port between our look and the server's start.
            return try await start(installation, durable, connections)
        }
    }

    private static func start(
        _ installation: PostgresInstallation, _ durable: Bool, _ connections: Int
    ) async throws -> PostgresServer {
        let port = try freePort()
        let folder = "/tmp/tussock-postgres-\(ProcessInfo.processInfo.processIdentifier)-\(port)"
        let watchdog = try Watchdog(
            script: watch,
            arguments: [
                folder, installation.binaries, installation.owner,
                settings(port: port, folder: folder, durable: durable, connections: connections),
            ])
        try await watchdog.ask(nil)
        return PostgresServer(folder: folder, port: port, watchdog: watchdog)
    }

    /// The database `postgres` over TCP, as the superuser `postgres`.
    package var conninfo: String { conninfo(database: "postgres") }

    /// The given database over TCP, as the superuser `postgres`.
    package func conninfo(database: String) -> String {
        "postgresql://postgres@127.0.0.1:\(port)/\(database)?sslmode=disable&gssencmode=disable"
    }

    /// Makes an empty database with a name of its own and returns its conninfo.
    package func createDatabase() async throws -> String {
        try await Self.creating.hold { try await createOne() }
    }

    /// Many at once would only wait for one another, and some too long.
    private static let creating = Places(2)

    private func createOne() async throws -> String {
        let name = "test_\(lastDatabase.add(1, ordering: .relaxed).newValue)"
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let pool = PostgresPool(.patient(conninfo, poolSize: 1), logger: logger)
        do {
            try await pool.withConnection { try await $0.executeScript("CREATE DATABASE \(name)") }
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        return conninfo(database: name)
    }

    /// Stops the server and keeps its files; `immediate` is a crash (recovery at the next start).
    package func stop(immediate: Bool = false) async throws {
        try await watchdog.ask("stop \(immediate ? "immediate" : "fast")")
    }

    /// Starts it again after `stop`, on the same port with the same data.
    package func startAgain() async throws {
        try await watchdog.ask("start")
    }

    /// Stops it and starts it again, on the same port with the same data.
    package func restart(immediate: Bool = false) async throws {
        try await stop(immediate: immediate)
        try await startAgain()
    }

    /// Freezes the server and all its backends: connections stay open and nothing answers.
    package func pause() throws {
        // The postmaster first, so that it starts no more children.
        for process in try processes() { kill(process, SIGSTOP) }
        for process in try processes() { kill(process, SIGSTOP) }
    }

    /// Lets a paused server go on.
    package func resume() throws {
        for process in try processes().reversed() { kill(process, SIGCONT) }
    }

    /// The postmaster's process id, then its children's.
    package func processes() throws -> [Int32] {
        let file = try String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
        guard let first = file.split(separator: "\n").first, let postmaster = Int32(first) else {
            throw TestServerError(message: "no process id in postmaster.pid")
        }
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
        return [postmaster] + all.filter { parent(of: $0) == postmaster }
    }

    private func parent(of process: Int32) -> Int32? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return nil }
        // After the name come the state and the parent (proc(5)).
        return stat[name...].split(separator: " ").dropFirst(2).first.flatMap { Int32($0) }
    }
}

extension PostgresConfiguration {
    /// For what is no matter of the test, on a machine that is busy with many of them.
    static func patient(_ conninfo: String, name: String = "test", poolSize: Int) -> Self {
        Self(
            conninfo: conninfo, applicationName: name, poolSize: poolSize, acquireTimeout: .seconds(60),
            statementTimeout: .seconds(60), connectTimeout: .seconds(60))
    }
}

/// A server for tests could not be found, started or told something.
package struct TestServerError: Error, CustomStringConvertible {
    package var message: String

    package init(message: String) {
        self.message = message
    }

    package var description: String { message }
}
