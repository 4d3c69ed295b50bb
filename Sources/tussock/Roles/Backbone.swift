import Chunks
import Foundation
import Logging
import Monitoring
import Postgres
import Schema
import ServiceLifecycle
import UnixSignals
import Uploads

/// What every role needs: the database, the volume, and this process's identity; checked before anything else starts.
struct Backbone: Sendable {
    let settings: Settings
    /// What this process is to others: `front` or `finalizer`.
    let role: String
    let metrics: PrometheusFactory
    /// Every line names this node.
    let logger: Logger
    let node: NodeID
    let pool: PostgresPool
    let listener: PostgresListener
    let handover: Handover
    let uploads: UploadStore
    let volume: ChunkVolume
    /// What the volume must say of itself.
    let identity: String
    /// Threads for file calls. A slow volume holds as many at most; requests that need no file go on.
    let files: BlockingExecutor

    static let fileThreads = 32

    /// Throws a `Mistake` that tells what is wrong and what mends it.
    static func open(_ settings: Settings, role: String, poolSize: Int) async throws -> Backbone {
        let (label, node) = ("tussock-\(role)", NodeID.ofThisProcess())
        // Before anything is recorded.
        let metrics = PrometheusFactory.start()
        var logger = try settings.makeLogger(label)
        logger[metadataKey: "node"] = "\(node)"
        for name in settings.unknownVariables.sorted() {
            logger.warning("there is no such setting", metadata: ["variable": "\(name)"])
        }
        let configuration = try Database.configuration(settings, label: label, poolSize: poolSize)
        let volume = ChunkVolume(
            root: try settings.required("volume"),
            durability: try settings.choice("durability", of: Durability.self) ?? .fsync)
        let identity = try await Database.short(configuration) { pool in
            try await Database.checkSchema(pool)
            return try await checkVolume(volume, pool)
        }
        // It starts all the same, since files can be read; but it will not be ready.
        do { try volume.probe() } catch {
            logger.error("the volume takes no write", metadata: ["error": "\(error)"])
        }
        let pool = PostgresPool(configuration, logger: logger)
        let listener = PostgresListener(configuration, logger: logger)
        let handover = Handover(node: node, pool: pool, listener: listener, logger: logger)
        let lease = try settings.integer("lease_seconds", in: 3...3600) ?? 30
        return Backbone(
            settings: settings, role: role, metrics: metrics, logger: logger, node: node, pool: pool,
            listener: listener, handover: handover,
            uploads: UploadStore(pool: pool, handover: handover, leaseSeconds: lease, logger: logger), volume: volume,
            identity: identity, files: BlockingExecutor(threads: fileThreads, name: "tussock-files"))
    }

    /// The volume is this database's own; a new one is made ready.
    private static func checkVolume(_ volume: ChunkVolume, _ pool: PostgresPool) async throws -> String {
        let installation = Installation(pool: pool)
        let expected = try await installation.volume()
        do {
            if expected.isMade {
                try volume.checkIdentity(expected: expected.identity)
            } else {
                _ = try volume.initialize(identity: expected.identity)
                try volume.checkIdentity(expected: expected.identity)
                try await installation.volumeIsMade(expected.identity)
            }
            return expected.identity
        } catch let error as ChunkError {
            throw Settings.Mistake(description: "the volume cannot be used: \(error.message)")
        }
    }

    /// What shows the process in the list of workers.
    /// - Parameter concurrency: of a finalizer.
    func registration(_ role: String, concurrency: Int? = nil) -> Registration {
        Registration(
            pool: pool, id: node.name, role: role, host: node.host, version: Tussock.version, concurrency: concurrency,
            logger: logger)
    }

    /// Runs the role until SIGTERM or SIGINT; what is still running `grace` later is cancelled, and a file call that
    /// hangs keeps the process alive for `LastResort.patience` at most.
    /// - Parameter endWithParent: also when standard input ends.
    func run(_ services: [any Service], endWithParent: Bool, grace: Duration = .seconds(10)) async throws {
        let all: [any Service] = [LastResort(logger: logger), pool, listener] + services
        // At debug it would write out every service with all that is in it, the settings included.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .info)
        let watch = ServiceGroupConfiguration.ServiceConfiguration(
            service: ParentWatch(), successTerminationBehavior: .gracefullyShutdownGroup)
        var configuration = ServiceGroupConfiguration(
            services: all.map { .init(service: $0) } + (endWithParent ? [watch] : []),
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = grace
        try await ServiceGroup(configuration: configuration).run()
        await files.shutdown()
    }
}
