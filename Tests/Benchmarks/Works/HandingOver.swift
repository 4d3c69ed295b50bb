import FaultHarness
import TestSupport

/// A claim that goes to and fro between two nodes (`tussock-faults handovers`): how long HEAD takes.
enum HandingOver {
    private static let count = 300

    static func run(_ options: BenchOptions) async throws -> [Figure] {
        let report = try await HandoverRun(count: count, stopped: 0, program: options.program).run()
        guard report.violations.isEmpty else { throw BenchError(report.violations.joined(separator: "\n")) }
        guard let times = report.times["hand-overs"] else { throw BenchError("no hand-over was timed") }
        let seconds = times.all.map(\.seconds)
        var figure = Figure(
            work: "handover", system: "tussock", durability: "fsync",
            rate: Double(seconds.count) / seconds.reduce(0, +), unit: "1/s")
        figure.latencies = ["HEAD": Latency(seconds)].compactMapValues { $0 }
        return [figure]
    }
}
