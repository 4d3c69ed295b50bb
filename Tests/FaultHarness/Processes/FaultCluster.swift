import Foundation
import Logging
import Postgres
import TestSupport

/// Front nodes, finalizers and a PostgreSQL of their own, each process behind a relay of its own.
final class FaultCluster: Sendable {
    let folder: TestFolder
    let server: PostgresServer
    let volume: String
    /// Front nodes first.
    let members: [Member]
    /// Past the relays.
    let pool: PostgresPool
    /// nil: no faults of the volume.
    let interposer: VolumeInterposer?
    private let database: String
    private let binary: String
    private let fronts: Int

    static let credentials = "admin:the admin's secret"
    static let contentFolder = "/faults"

    private init(
        _ options: FaultOptions, folder: TestFolder, server: PostgresServer, conninfo: String,
        interposer: VolumeInterposer?
    ) throws {
        (self.folder, self.server, self.interposer) = (folder, server, interposer)
        volume = folder.path + "/volume"
        binary = options.binary
        fronts = options.fronts
        database = conninfo.split(separator: "/").last.map(String.init) ?? ""
        let logger = Logger(label: "faults", factory: { _ in SwiftLogNoOpLogHandler() })
        pool = PostgresPool(PostgresConfiguration(conninfo: conninfo, poolSize: 2), logger: logger)
        let names =
            (0..<options.fronts).map(MemberName.front) + (0..<options.finalizers).map(MemberName.finalizer)
        members = try names.map { name in
            Member(
                name, relay: try DatabaseRelay(to: server.port),
                control: try VolumeControl(path: "\(folder.path)/\(name).control"))
        }
    }

    /// Starts everything and waits until it works. Tells through `note` what cannot be had here.
    static func start(_ options: FaultOptions, note: (String) -> Void) async throws -> FaultCluster {
        let folder = try await TestFolder()
        let server = try await PostgresServer.start()
        let (interposer, reason) = try await VolumeInterposer.make(in: folder)
        if interposer == nil { note("no faults of the volume: \(reason)") }
        let cluster = try FaultCluster(
            options, folder: folder, server: server, conninfo: try await server.createDatabase(),
            interposer: interposer)
        try FileManager.default.createDirectory(atPath: cluster.volume, withIntermediateDirectories: false)
        try await cluster.migrate()
        for member in cluster.members { try await cluster.startAgain(member, within: .seconds(60)) }
        let answer = try await cluster.client(0).createFolder(String(contentFolder.dropFirst()))
        guard answer.status == 201 else { throw UnexpectedAnswer(answer) }
        return cluster
    }

    private func migrate() async throws {
        let environment = [
            "TUSSOCK_DATABASE_URL": url(port: server.port),
            "TUSSOCK_ADMIN_PASSWORD": String(Self.credentials.dropFirst("admin:".count)),
        ]
        let process = try folder.spawn("migrate", binary, ["migrate"], environment: environment)
        guard try await process.end() == .exited(0) else { throw HarnessError(message: process.log) }
    }

    /// `tussock fsck` as one more process on the volume: whether it found nothing wrong, and all that it said.
    func fsck() async throws -> (isFine: Bool, text: String) {
        let environment = ["TUSSOCK_DATABASE_URL": url(port: server.port), "TUSSOCK_VOLUME": volume]
        let process = try folder.spawn("fsck", binary, ["fsck"], environment: environment)
        let isFine = try await process.end(within: .seconds(300)) == .exited(0)
        return (isFine, isFine ? process.output : process.output + process.log)
    }

    private func url(port: Int) -> String {
        "postgresql://postgres@127.0.0.1:\(port)/\(database)"
    }

    // MARK: Processes

    var frontCount: Int { fronts }

    subscript(_ name: MemberName) -> Member {
        switch name {
        case .front(let index): members[index]
        case .finalizer(let index): members[fronts + index]
        }
    }

    func client(_ front: Int) -> TusClient { TusClient(port: members[front].port, credentials: Self.credentials) }

    /// Throws if it does not start, for instance because its database connections are being refused.
    func start(_ member: Member) async throws {
        var arguments = ["finalize"]
        if case .front = member.name {
            // From the first life on one that the kernel gives to nobody else while the process is down.
            arguments = ["serve", "--port", "\(member.port == 0 ? try freePort() : member.port)"]
        }
        var environment = interposer?.environment(volume: volume, control: member.control) ?? [:]
        environment["TUSSOCK_DATABASE_URL"] = url(port: member.relay.port)
        environment["TUSSOCK_VOLUME"] = volume
        environment["TUSSOCK_FINALIZE_WAIT"] = "2"
        // A crash of the program itself tells in its log where it was.
        environment["SWIFT_BACKTRACE"] = "enable=yes,color=no,interactive=no,threads=crashed,images=none"
        let process = try folder.spawn(
            "\(member.name)", binary, arguments + ["--ops-port", "0", "--end-with-parent"], environment: environment)
        do {
            let line = try await process.firstLine()
            let port = line.split(separator: ":").last.flatMap { Int($0) } ?? 0
            member.began(process, port: port)
        } catch {
            process.signal(SIGKILL)
            throw error
        }
    }

    /// Starts a process that does not run until it works. Throws the last reason after `limit`.
    func startAgain(_ member: Member, within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            do {
                return try await start(member)
            } catch {
                if Task.isCancelled || ContinuousClock.now > deadline { throw error }
                await Pace.pause(200)
            }
        }
    }

    /// Ends all trouble: everything runs, nothing is refused, stalled or made to fail.
    func heal() async throws {
        for member in members {
            member.control.heal()
            member.relay.heal()
            member.resumeAtOnce()
        }
        for member in members where member.process?.isAlive != true {
            try await startAgain(member, within: .seconds(30))
        }
    }

    func end() async {
        for member in members { member.resumeAtOnce() }
        await withDiscardingTaskGroup { group in
            for member in members { group.addTask { await member.process?.stop() } }
        }
        for member in members { member.relay.end() }
        await pool.close()
    }
}
