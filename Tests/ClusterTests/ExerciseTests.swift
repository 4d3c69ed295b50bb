import FaultHarness
import Testing

extension WholeProcesses {
    /// The short forms of `tussock-faults handovers`, `racers` and `queue`, which also tell how long it took.
    @Suite struct Exercises {
        @Test func ofManyHandoversNoneCostsAByteOrAConflict() async throws {
            let report = try await HandoverRun(count: 30, stopped: 1).run()
            #expect(report.violations == [])
            #expect(report.answers[409] == nil && report.answers[423] == nil)
            #expect(report.times["hand-overs"]?.count == 30 && report.times["holders stopped"]?.count == 1)
            #expect(report.bytesChecked > 0)
        }

        @Test func of20RacersAtOneOffsetAtMostOneMovesIt() async throws {
            let report = try await RaceRun(clients: 20, uploads: 1, length: 256 << 10).run()
            #expect(report.violations == [])
            #expect(report.answers[423] == nil)
            #expect(report.bytesChecked == 256 << 10)
        }

        @Test func everyJobIsDoneOnceWhateverBecomesOfTheFinalizersAndAllThatTellsOfThemAgrees() async throws {
            let report = try await QueueRun(count: 200, stopped: .zero, isHastened: true).run()
            #expect(report.violations == [])
        }
    }
}
