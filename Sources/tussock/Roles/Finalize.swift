import ArgumentParser
import Finalizer

/// One finalizer worker.
struct Finalize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one finalizer worker.",
        discussion: "It turns finished uploads into content items, and cleans up after uploads; any number may run.")

    @Option(help: "Jobs that run at the same time. (default: 4)")
    var concurrency: String?

    @Option(help: "Jobs that one claim takes at most. (default: 16)")
    var batch: String?

    @Option(
        help:
            "Bytes a second that joining files may read and write, such as 200M. (default: any number)")
    var bandwidth: String?

    @Option(
        help: "Seconds that uploads which are over, their jobs and attempts are kept. (default: 604800)"
    )
    var keepHistory: String?

    @Option(
        help: "Seconds that the file of a deleted or replaced item stays: longer than a backup takes. (default: 60)")
    var keepDeleted: String?

    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "Volume") var volume: VolumeOptions
    @OptionGroup(title: "Operations") var operations: OperationsOptions
    @OptionGroup(title: "General") var common: CommonOptions
    @Flag(help: .private) var endWithParent = false

    func run() async throws {
        try await reportingMistakes {
            let settings = try Settings(
                options: merged(
                    [
                        "concurrency": concurrency, "batch": batch, "bandwidth": bandwidth,
                        "keep_history": keepHistory, "keep_deleted": keepDeleted,
                    ], database.settings, volume.settings, operations.settings,
                    common.settings), file: common.config)
            var limits = FinalizerSettings()
            limits.concurrency = try settings.integer("concurrency", in: 1...256) ?? limits.concurrency
            limits.batch = try settings.integer("batch", in: 1...1000) ?? limits.batch
            limits.bandwidth = try settings.bytes("bandwidth")
            limits.keepSeconds =
                try settings.integer("keep_history", in: 60...Int(Int32.max)) ?? limits.keepSeconds
            limits.blobGraceSeconds =
                try settings.integer("keep_deleted", in: 60...Int(Int32.max)) ?? limits.blobGraceSeconds
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
