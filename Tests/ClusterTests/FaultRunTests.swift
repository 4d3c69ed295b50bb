import FaultHarness
import TestSupport
import Testing

/// A short run with a fixed seed; `swift run tussock-faults --duration 30m --seed N` is the long one.
@Suite(.serialized, .timeLimit(.minutes(15))) struct FaultRuns {
    @Test func everyPromiseHoldsWhileProcessesDatabaseAndVolumeFail() async throws {
        var options = FaultOptions(seed: 3, duration: .seconds(15), binary: try Program.path())
        (options.clients, options.largest) = (6, 4 << 20)
        let report = try await FaultRun(options) { _ in }.run()
        let broken = report.violations.map(\.description).joined(separator: "\n")
        #expect(
            report.violations.isEmpty,
            "seed \(options.seed)\n\(broken)\n\(report.faults.joined(separator: "\n"))\n\(report.logs)")
        #expect(report.numbers.finished > 0)
        #expect(report.numbers.verified > 0)
        #expect(!report.numbers.faults.isEmpty)
    }
}
