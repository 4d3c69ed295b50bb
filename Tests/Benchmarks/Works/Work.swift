/// One of the things that are measured.
package enum Work: String, CaseIterable, Sendable {
    case large, small, head, download, resume, finalize, connections, handover, growth

    /// All figures of the work, references included.
    package func run(_ options: BenchOptions) async throws -> [Figure] {
        switch self {
        case .large: try await eachDurability(options, Large.run)
        case .small: try await eachDurability(options, Small.run)
        case .head: try await Stage.with(options, "fsync", Heads.run)
        case .download: try await Stage.with(options, "fsync", Downloads.run)
        case .resume: try await eachDurability(options, Resuming.run)
        case .finalize: try await eachDurability(options, Finalizing.run)
        case .connections: try await Stage.with(options, "fsync", Connections.run)
        case .handover: try await HandingOver.run(options)
        case .growth: try await Growth.run(options)
        }
    }

    private func eachDurability(
        _ options: BenchOptions, _ body: (Stage) async throws -> [Figure]
    ) async throws -> [Figure] {
        var figures: [Figure] = []
        for durability in options.durabilities { figures += try await Stage.with(options, durability, body) }
        return figures
    }
}
