import ArgumentParser
import Finalizer

/// One finalizer worker.
struct Finalize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one finalizer worker.",
        discussion: "It turns finished uploads into content items, and cleans up after uploads; any number may run.")

    @Option(help: "Jobs that run at the same time. (default: 4)")
    var concurrency: String?

    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "Volume") var volume: VolumeOptions
    @OptionGroup(title: "Operations") var operations: OperationsOptions
    @OptionGroup(title: "General") var common: CommonOptions
    @Flag(help: .private) var endWithParent = false

    func run() async throws {
        try await reportingMistakes {
            let settings = try Settings(
                options: merged(
                    ["concurrency": concurrency], database.settings, volume.settings, operations.settings,
                    common.settings), file: common.config)
            var limits = FinalizerSettings()
            limits.concurrency = try settings.integer("concurrency", in: 1...256) ?? limits.concurrency
            let backbone = try await Backbone.open(
                settings, role: "finalizer", poolSize: limits.concurrency + 4)
            let parts = backbone.finalizerParts(limits)
            try await backbone.run(
                [try Operations(backbone).service].compactMap { $0 }
                    + [backbone.registration("finalizer", concurrency: limits.concurrency)]
                    + [Worker(parts) { say("taking jobs") }, Sweeper(parts)],
                endWithParent: endWithParent)
        }
    }
}

extension Backbone {
    func finalizerParts(_ limits: FinalizerSettings) -> FinalizerParts {
        FinalizerParts(
            node: node, pool: pool, listener: listener, uploads: uploads, volume: volume, identity: identity,
            files: files,
            settings: limits, logger: logger)
    }
}
