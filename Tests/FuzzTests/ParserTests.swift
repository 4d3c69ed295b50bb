import Fuzzing
import Testing

/// Every parser under garbage for a moment; `swift run tussock-fuzz` goes on for as long as wanted.
@Suite struct ParserTests {
    /// Of each parser. The same on every machine and every run, so that a failure here can be repeated.
    private static let executions = 2000

    @Test(arguments: FuzzTarget.all)
    func noInputBreaksAParsersPromises(target: FuzzTarget) throws {
        var run = FuzzRun(target, seed: 1)
        try run.runSamples()
        for _ in 0..<Self.executions { try run.step() }
        // A target that refuses everything shows nothing.
        #expect(run.accepted > 0)
    }

    @Test func theSameSeedGivesTheSameInputs() throws {
        func inputs(seed: UInt64) throws -> [[UInt8]] {
            var run = FuzzRun(FuzzTarget.all[0], seed: seed)
            var inputs: [[UInt8]] = []
            for _ in 0..<50 { try run.step { inputs.append($0) } }
            return inputs
        }
        #expect(try inputs(seed: 7) == inputs(seed: 7))
        #expect(try inputs(seed: 7) != inputs(seed: 8))
    }

    @Test func namesOfTargetsAreUnique() {
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
    }
}
