import Foundation
import TestSupport

/// How the works are done.
package struct BenchOptions: Sendable {
    package var fronts = 1
    package var durabilities = ["page-cache", "fsync"]
    /// Repetitions, of which the median counts.
    package var repetitions = 3
    /// How long works without an end of their own run, seconds.
    package var seconds = 4.0
    /// Bytes of a large body, MiB.
    package var largeMiB = 1024
    package var sizes: [Int] = [1000, 10_000]
    /// The program under test; nil: the one beside this.
    package var program: String?
    package var withReference = true

    package init() {}
}

/// A cluster of whole processes with a database of its own that syncs, and the reference beside it.
final class Stage: Sendable {
    let cluster: Cluster
    /// nil: there is none on this machine.
    let nginx: Nginx?
    let source: BodySource
    let options: BenchOptions
    let durability: String
    let requests = Requests()

    private init(
        _ cluster: Cluster, _ nginx: Nginx?, _ source: BodySource, _ options: BenchOptions, _ durability: String
    ) {
        self.cluster = cluster
        self.nginx = nginx
        self.source = source
        self.options = options
        self.durability = durability
    }

    /// Starts everything for the length of `body`.
    static func with<Success: Sendable>(
        _ options: BenchOptions, _ durability: String, fronts: Int? = nil,
        _ body: (Stage) async throws -> Success
    ) async throws -> Success {
        raiseLimit()
        let server = try await PostgresServer.start(durable: true)
        let cluster = try await Cluster.start(
            fronts: fronts ?? options.fronts,
            environment: ["TUSSOCK_DURABILITY": durability, "TUSSOCK_IDLE_TIMEOUT": "600"], server: server,
            program: options.program)
        let result: Result<Success, any Error>
        var nginx: Nginx?
        do {
            if options.withReference { nginx = try await Nginx.start(in: cluster.folder) }
            let source = try BodySource(in: cluster.folder.path)
            let stage = Stage(cluster, nginx, source, options, durability)
            try await stage.warmUp()
            result = .success(try await body(stage))
        } catch {
            result = .failure(error)
        }
        await nginx?.stop()
        await cluster.stop()
        return try result.get()
    }

    /// Of open files, for this process and for those that it starts.
    private static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// The first uploads of a deployment, and then what autovacuum does within its first minute: until the tables have
    /// statistics, PostgreSQL plans for empty ones.
    private func warmUp() async throws {
        var options = options
        options.seconds = 1
        let stage = Stage(cluster, nil, source, options, durability)
        _ = try await Small.post(stage, 4)
        _ = try await Small.patch(stage, 4)
        _ = try await cluster.value("ANALYZE")
        try clearVolume()
    }

    var fronts: Int { cluster.fronts }

    func meter() throws -> ServerMeter {
        ServerMeter(
            fronts: (0..<fronts).map { cluster.front($0).pid }, finalizers: [cluster.finalizer(0).pid],
            postmaster: try cluster.server.processes().first)
    }

    /// Connections, to the front nodes in turn.
    func connections(_ count: Int) throws -> [BareConnection] {
        try (0..<count).map { try BareConnection(port: cluster.port($0 % fronts)) }
    }

    /// Empties the files of all items, so that a run does not write back those of the last: the rows stay.
    ///
    /// They are not removed: ext4 steps over the inodes of files removed within the last minutes one by one whenever it
    /// makes a file, and after some ten thousand that costs more than anything else here, nginx's work included.
    func clearVolume() throws {
        let blobs = cluster.volume + "/blobs"
        for folder in try FileManager.default.contentsOfDirectory(atPath: blobs) {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(blobs)/\(folder)") {
                truncate("\(blobs)/\(folder)/\(name)", 0)
            }
        }
    }

    /// Runs `body` between two looks at what the servers have used.
    /// - Parameters:
    ///   - units: of the work done, by which rate and load are divided: `(for the rate, for the load)`.
    func measure(
        _ work: String, unit: String, system: String = "tussock", _ meter: ServerMeter,
        units: (Clients.Outcome) -> (rate: Double, load: Double), _ body: () async throws -> Clients.Outcome
    ) async throws -> Figure {
        meter.forgetPeak()
        let before = meter.load()
        let outcome = try await body()
        let used = meter.load() - before
        let units = units(outcome)
        return Figure(
            work: work, system: system, durability: durability, rate: units.rate / outcome.seconds, unit: unit,
            latencies: outcome.laps.latencies, load: used / units.load, peak: meter.peak())
    }

    /// Each body in turn, again and again, so that all of them meet the same weather; the median of each.
    func repeated(_ bodies: [() async throws -> Figure?]) async throws -> [Figure] {
        var figures: [[Figure]] = bodies.map { _ in [] }
        for _ in 0..<options.repetitions {
            for (index, body) in bodies.enumerated() {
                if let figure = try await body() { figures[index].append(figure) }
                try clearVolume()
                try nginx?.clear()
            }
        }
        return figures.compactMap(Figure.median)
    }
}
