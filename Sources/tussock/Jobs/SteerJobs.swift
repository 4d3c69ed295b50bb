import ArgumentParser
import Content
import Front
import Monitoring

extension Jobs {
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start dead and cancelled jobs anew, and retrying ones now.",
            discussion: "By id, or all that the filters let through; --dry-run only tells which.")

        @OptionGroup var which: WhichJobs
        @OptionGroup var reading: ReadingOptions

        func run() async throws { try await which.perform(.retry, reading) }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End queued, running and retrying jobs; no item becomes of their uploads.",
            discussion: "By id, or all that the filters let through; --dry-run only tells which.")

        @OptionGroup var which: WhichJobs
        @OptionGroup var reading: ReadingOptions

        func run() async throws { try await which.perform(.cancel, reading) }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let no worker begin a job; running ones go on.")

        @Option(help: "Only jobs of this folder and all below it; without it the whole queue.")
        var folder: String?

        @OptionGroup var reading: ReadingOptions

        func run() async throws { try await reading.setPause(true, folder) }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a pause.")

        @Option(help: "The folder that was paused; without it the whole queue.")
        var folder: String?

        @OptionGroup var reading: ReadingOptions

        func run() async throws { try await reading.setPause(false, folder) }
    }
}

/// Which jobs an action is for.
struct WhichJobs: ParsableArguments {
    @Argument(help: "Ids of jobs.")
    var ids: [Int64] = []

    @OptionGroup(title: "Or all") var filter: JobFilterOptions

    @Flag(help: "Change nothing, only tell which jobs it would be.")
    var dryRun = false

    func validate() throws {
        guard ids.isEmpty != filter.parameters.isEmpty else {
            throw ValidationError("give either ids, or filters such as --state dead")
        }
        _ = try filter.filter()
    }

    func perform(_ action: JobAction, _ reading: ReadingOptions) async throws {
        let filter = try filter.filter()
        try await reading.reading { from in
            let result = try await result(action, filter, from)
            reading.show(from.json.bulk(result)) {
                let more = result.hasMore ? ["there are more; run it again"] : []
                let ids = result.sample.map(String.init).joined(separator: " ")
                return dryRun
                    ? ["it would be \(result.matched) jobs: \(ids)"] + more
                    : ["\(action == .retry ? "retried" : "cancelled"): \(result.changed)"] + more
            }
            for one in result.refused { Terminal.complain("job \(one.id): \(one.refusal ?? "")") }
            if !result.refused.isEmpty { throw ExitCode(1) }
        }
    }

    private func result(_ action: JobAction, _ filter: JobFilter, _ from: Database.Reading)
        async throws -> BulkResult
    {
        guard !ids.isEmpty else {
            return try await from.steering.perform(action, where: filter, dryRun: dryRun, by: from.actor)
        }
        return try await from.steering.perform(action, onAll: ids, dryRun: dryRun, by: from.actor)
    }
}

extension ReadingOptions {
    func setPause(_ isPaused: Bool, _ folder: String?) async throws {
        var filter = JobFilter()
        do {
            if let folder { _ = try filter.take("folder", folder) }
        } catch let mistake as JobFilter.Mistake {
            throw ValidationError(mistake.description)
        }
        let path = filter.folder
        try await reading { from in
            let isDone =
                isPaused
                ? try await from.steering.pause(path, by: from.actor)
                : try await from.steering.resume(path, by: from.actor)
            guard isDone else {
                let what = folder ?? "the queue"
                Terminal.complain("\(what) is \(isPaused ? "paused already" : "not paused")")
                throw ExitCode(1)
            }
            let figures = try await from.jobs.figures()
            show(from.json.figures(figures)) { JobTable.figures(figures) }
        }
    }
}
