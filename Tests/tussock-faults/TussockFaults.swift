import ArgumentParser
import FaultHarness
import Foundation
import TestSupport

/// What the tests do for some seconds, for as long as one likes.
@main
struct TussockFaults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tussock-faults", abstract: "Hold Tussock against faults, hand-overs and races.",
        subcommands: [Run.self, Handovers.self, Racers.self, Queue.self], defaultSubcommand: Run.self)
}

/// A long run of the fault harness by hand; `Tests/ClusterTests` has a short one.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Upload through a small cluster while its processes, database and volume fail.",
        discussion: """
            Exit code 1, with the seed, the faults and a trace of the upload, when anything that DESIGN.md promises \
            did not hold. The same seed gives the same plan; how the processes interleave differs from run to run.
            """)

    @Option(help: "How long faults are injected: 30m, 90s, 1h.")
    var duration = "1m"
    @Option var seed: UInt64 = 1
    @Option(help: "Front nodes.") var fronts = 3
    @Option(help: "Finalizer workers.") var finalizers = 2
    @Option(help: "Clients, each with one upload at a time.") var clients = 8
    @Option(help: "The program under test. (default: the one beside this)") var binary: String?
    @Option(help: "Mean time between two faults, ms.") var gap = 700
    @Option(help: "Only faults of this kind; may be repeated.") var only: [String] = []
    @Option(help: "Where the processes' logs go when a rule was broken.") var logs: String?
    @ArgumentParser.Flag(help: "Print the trace of the upload that took longest.") var showSlowest = false
    @ArgumentParser.Flag(help: "Print what led to each 409 that is put down to a request given up.")
    var showOvertaken = false
    @ArgumentParser.Flag(help: "Go on after the first broken rule.") var keepGoing = false

    func run() async throws {
        let report = try await FaultRun(try options()) { line in
            // At once, also when standard output is a file.
            FileHandle.standardOutput.write(Data("\(line)\n".utf8))
        }.run()
        print(report.numbers.summary)
        if showOvertaken { for trace in report.overtaken { print("overtaken: \(trace)") } }
        if showSlowest { print(report.slowest.joined(separator: "\n")) }
        if showSlowest { print(report.faults.joined(separator: "\n")) }
        guard !report.violations.isEmpty else { return print("seed \(seed): every rule held") }
        print("faults:\n    \(report.faults.suffix(200).joined(separator: "\n    "))")
        if logs == nil { print(report.logs) }
        for violation in report.violations { print("BROKEN: \(violation)") }
        print("seed \(seed): \(report.violations.count) rules broken")
        throw ExitCode(1)
    }

    private func options() throws -> FaultOptions {
        var options = FaultOptions(seed: seed, duration: try parsedDuration(), binary: try binary ?? Program.path())
        (options.fronts, options.finalizers, options.clients) = (fronts, finalizers, clients)
        (options.gap, options.keepsGoing, options.logFolder) = (.milliseconds(gap), keepGoing, logs)
        options.only = Set(
            try only.map { name in
                guard let category = FaultCategory(rawValue: name) else {
                    let known = FaultCategory.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--only \(name): it must be one of \(known)")
                }
                return category
            })
        return options
    }

    func validate() throws {
        _ = try parsedDuration()
        guard fronts > 0, finalizers > 0, clients > 0, gap >= 20 else {
            throw ValidationError("there must be a front node, a finalizer and a client, and 20 ms between faults")
        }
    }

    private func parsedDuration() throws -> Duration {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = duration.last.flatMap({ units[$0] }), let count = Int(duration.dropLast()), count > 0 else {
            throw ValidationError("--duration \(duration): it must be like 90s, 30m or 1h")
        }
        return .seconds(count * unit)
    }
}
