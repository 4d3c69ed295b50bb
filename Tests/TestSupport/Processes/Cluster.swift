import Foundation
import Synchronization

/// Front nodes and finalizers as processes of their own, on a database and a volume of their own.
package final class Cluster: Sendable {
    package let folder: TestFolder
    package let server: PostgresServer
    package let database: String
    package let volume: String
    private let serve: [String]
    private let finalize: [String]
    private let environment: [String: String]
    private let program: String
    private let state = Mutex(State())

    private struct State {
        var fronts: [(process: SpawnedProcess, port: Int)] = []
        var finalizers: [SpawnedProcess] = []
        /// Of the operations listeners, by the name of the process.
        var operations: [String: Int] = [:]
    }

    package static let password = "the admin's secret"

    private init(
        folder: TestFolder, server: PostgresServer, database: String, volume: String, serve: [String],
        finalize: [String], environment: [String: String], program: String
    ) {
        self.folder = folder
        self.server = server
        self.database = database
        self.volume = volume
        self.serve = serve
        self.finalize = finalize
        self.environment = environment.merging(["TUSSOCK_VOLUME": volume]) { $1 }
        self.program = program
    }

    /// Starts them and waits until they work.
    ///
    /// - Parameters:
    ///   - serve, finalize: more arguments of these commands.
    ///   - server: nil for the one that all tests share.
    ///   - databasePort: where the processes find the server, if not at its own port: a relay's.
    ///   - program: nil for the one beside the tests.
    ///   - prepare: may put something in the place of the volume's folder, whose path it gets.
    package static func start(
        fronts: Int = 1, finalizers: Int = 1, serve: [String] = [], finalize: [String] = [],
        environment: [String: String] = [:], server: PostgresServer? = nil, databasePort: Int? = nil,
        program: String? = nil, prepare: (String) async throws -> Void = { _ in }
    ) async throws -> Cluster {
        let folder = try await TestFolder()
        let postgres: PostgresServer
        if let server { postgres = server } else { postgres = try await .shared() }
        let database = try await postgres.createDatabase()
        let port = databasePort ?? postgres.port
        let url = database.replacingOccurrences(of: ":\(postgres.port)/", with: ":\(port)/")
        let cluster = Cluster(
            folder: folder, server: postgres, database: database, volume: folder.path + "/volume", serve: serve,
            finalize: finalize, environment: environment.merging(["TUSSOCK_DATABASE_URL": url]) { $1 },
            program: try program ?? Program.path())
        try FileManager.default.createDirectory(atPath: cluster.volume, withIntermediateDirectories: false)
        try await prepare(cluster.volume)
        try await cluster.migrate()
        for _ in 0..<fronts { try await cluster.startFront() }
        for _ in 0..<finalizers { try await cluster.startFinalizer() }
        return cluster
    }

    private func migrate() async throws {
        let own = environment.merging(["TUSSOCK_ADMIN_PASSWORD": Self.password]) { $1 }
        let process = try folder.spawn("migrate", program, ["migrate"], environment: own)
        guard try await process.end() == .exited(0) else { throw TestServerError(message: process.log) }
    }

    /// Stops everything: SIGTERM first.
    package func stop() async {
        let all = state.withLock { $0.fronts.map(\.process) + $0.finalizers }
        await withDiscardingTaskGroup { group in
            for process in all { group.addTask { await process.stop() } }
        }
    }

    // MARK: Front nodes

    package var fronts: Int { state.withLock { $0.fronts.count } }

    package func front(_ index: Int) -> SpawnedProcess { state.withLock { $0.fronts[index].process } }

    package func port(_ index: Int) -> Int { state.withLock { $0.fronts[index].port } }

    /// A client of the front node with the administrator's credentials.
    package func client(_ index: Int = 0) -> TusClient {
        TusClient(port: port(index), credentials: "admin:\(Self.password)")
    }

    /// What the front node's operations listener says to `/readyz`; 503 names what is missing.
    package func readiness(_ index: Int = 0) async throws -> Answer {
        try await ask(front(index), "/readyz")
    }

    package func startFront() async throws {
        let front = try await spawnFront(state.withLock { $0.fronts.count })
        state.withLock { $0.fronts.append(front) }
    }

    /// Starts the front node again, on its port. The old process is killed if it still runs.
    package func restart(front index: Int) async throws {
        try await kill(front: index)
        let front = try await spawnFront(index, port: port(index))
        state.withLock { $0.fronts[index] = front }
    }

    /// On a port that the kernel gives to nobody else while the node is down, as it would one of its own choice.
    private func spawnFront(_ index: Int) async throws -> (SpawnedProcess, Int) {
        while true {
            do {
                return try await spawnFront(index, port: try freePort())
            } catch let error as TestServerError where error.message.contains("taken by another program") {
                continue
            }
        }
    }

    private func spawnFront(_ index: Int, port: Int) async throws -> (SpawnedProcess, Int) {
        let arguments = ["serve", "--port", "\(port)"] + serve
        let process = try await spawn("front-\(index)", arguments)
        let line = try await process.firstLine()
        guard let bound = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw TestServerError(message: "no port in \"\(line)\"")
        }
        return (process, bound)
    }

    /// Sends the signal, and waits for the end when it is SIGKILL.
    package func kill(front index: Int, _ signal: Int32 = SIGKILL) async throws {
        front(index).signal(signal)
        if signal == SIGKILL { _ = try await front(index).end() }
    }

    // MARK: Finalizers

    package func finalizer(_ index: Int) -> SpawnedProcess { state.withLock { $0.finalizers[index] } }

    package func startFinalizer() async throws {
        let process = try await spawn(
            "finalizer-\(state.withLock { $0.finalizers.count })", ["finalize"] + finalize)
        _ = try await process.firstLine()
        state.withLock { $0.finalizers.append(process) }
    }

    /// Sends the signal, and waits for the end when it is SIGKILL.
    package func kill(finalizer index: Int, _ signal: Int32 = SIGKILL) async throws {
        finalizer(index).signal(signal)
        if signal == SIGKILL { _ = try await finalizer(index).end() }
    }

    private func spawn(_ name: String, _ arguments: [String]) async throws -> SpawnedProcess {
        let port = try freePort()
        state.withLock { $0.operations[name] = port }
        return try folder.spawn(
            name, program, arguments + ["--ops-port", "\(port)", "--end-with-parent"], environment: environment)
    }

    // MARK: Operations

    /// What the operations listener of a process says; waits until it listens.
    package func ask(_ process: SpawnedProcess, _ path: String) async throws -> Answer {
        guard let port = state.withLock({ $0.operations[process.name] }) else {
            throw TestServerError(message: "\(process.name) is none of ours")
        }
        try await eventually("the operations listener of \(process.name)") {
            (try? HTTPConnection.open(port)) != nil
        }
        return try await TusClient(port: port, credentials: nil).request("GET", path)
    }

    /// What a process has to say at `/metrics`.
    package func scrape(_ process: SpawnedProcess) async throws -> Scrape {
        let answer = try await ask(process, "/metrics")
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
        return Scrape(text: String(decoding: answer.body, as: UTF8.self))
    }

    // MARK: Commands

    /// Begins a command of the program on this cluster's database.
    package func begin(_ arguments: String...) throws -> SpawnedProcess {
        try folder.spawn(
            "command-\(UInt32.random(in: .min ... .max))", Program.path(), arguments, environment: environment)
    }

    /// Runs a command of the program on this cluster's database to its end.
    /// - Parameter input: a line on its standard input.
    package func command(_ arguments: String..., input: String? = nil) async throws -> CommandResult {
        try await command(arguments, input: input)
    }

    package typealias CommandResult = (ending: SpawnedProcess.Ending, output: String, log: String)

    package func command(_ arguments: [String], input: String? = nil) async throws -> CommandResult {
        let name = "command-\(UInt32.random(in: .min ... .max))"
        let program = try Program.path()
        let process =
            if let input {
                // Nothing is ever written to the standard input of these processes, so a shell does it.
                try folder.spawn(
                    name, "/bin/bash", ["-c", #"printf '%s\n' "$1" | "$0" "${@:2}""#, program, input] + arguments,
                    environment: environment)
            } else {
                try folder.spawn(name, program, arguments, environment: environment)
            }
        return (try await process.end(), process.output, process.log)
    }

    // MARK: The database

    /// Where a program of the database's stands, such as `pgbench`.
    package func databaseProgram(_ name: String) throws -> String {
        try PostgresInstallation.find().binaries + "/" + name
    }

    /// The rows of a query, every value as text; NULL is empty. Also runs statements.
    @discardableResult
    package func sql(_ text: String) async throws -> [[String]] {
        let arguments = ["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", text, database]
        let psql = try SpawnedProcess(
            "psql-\(UInt32.random(in: .min ... .max))", try databaseProgram("psql"), arguments,
            environment: [:], folder: folder.path)
        guard try await psql.end() == .exited(0) else { throw TestServerError(message: psql.log) }
        return psql.output.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
            .map { $0.map(String.init) }
    }

    /// The first value of a query.
    package func value(_ text: String) async throws -> String? { try await sql(text).first?.first }

    /// What the upload's row says of a column.
    package func row(_ upload: TusClient.Upload, _ column: String) async throws -> String {
        try await value("SELECT \(column) FROM upload WHERE id = '\(upload.suffix(32))'") ?? "no row"
    }
}

/// The program under test.
package enum Program {
    /// It is built beside the tests' bundle, because `ClusterTests` depends on it.
    package static func path() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/tussock"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestServerError(message: "there is no program at \(path): `swift build` makes it")
        }
        return path
    }
}
