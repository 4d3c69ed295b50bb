import Testing
import UploadProtocol
import Uploads

/// The claim protocol (DESIGN.md, An upload's life), explored: all that two or three nodes can do to one upload, in
/// every order. A test that fails shows the shortest way to what went wrong.
@Suite(.serialized) struct ClaimModelTests {
    typealias Scope = ModelWorld.Scope

    @Test(arguments: [
        Scope(triesRecovery: true),
        Scope(crashes: true, triesRecovery: true),
        Scope(fences: 2, losesAnswers: true, triesRecovery: true),
        Scope(fences: 2, crashes: true, fills: 2, triesRecovery: true),
    ])
    func twoNodesKeepTheInvariantsInEveryWorldThereIs(_ scope: Scope) {
        let exploration = Exploration(ModelWorld(scope))
        #expect(exploration.violation == nil, "\(exploration)")
        #expect(exploration.isComplete && exploration.worlds > 5000, "\(exploration)")
    }

    @Test(arguments: [
        (Scope(length: 3, fences: 4), 21),
        (Scope(losesAnswers: true), 17),
        (Scope(othersAsk: true, timePasses: true, triesRecovery: true), 15),
        (Scope(othersAsk: true, crashes: true, losesAnswers: true, timePasses: true), 12),
        (Scope(othersAsk: true, losesAnswers: true, startsClaimed: true), 12),
        (Scope(othersAsk: true, losesAnswers: true, timePasses: true, fills: 2), 8),
    ])
    func twoNodesKeepTheInvariantsWhateverHappens(_ scope: Scope, depth: Int) {
        expectSafety(in: scope, depth: depth)
    }

    @Test(arguments: [
        (Scope(nodes: 3), 22),
        (Scope(nodes: 3, othersAsk: true), 13),
        (Scope(nodes: 3, losesAnswers: true, fills: 2), 9),
        (Scope(nodes: 3, othersAsk: true, crashes: true, losesAnswers: true, timePasses: true), 8),
    ])
    func threeNodesKeepTheInvariants(_ scope: Scope, depth: Int) {
        expectSafety(in: scope, depth: depth)
    }

    private func expectSafety(in scope: Scope, depth: Int) {
        let exploration = Exploration(ModelWorld(scope), depth: depth)
        #expect(exploration.violation == nil, "\(exploration)")
        #expect(exploration.depth == depth && exploration.worlds > 10_000, "\(exploration)")
    }

    @Test(arguments: Flaw.allCases)
    func aFlawIsFoundAndNothingIsFoundWithoutIt(_ flaw: Flaw) {
        let flawed = Exploration(ModelWorld(flaw.scope, flaw: flaw), depth: 20)
        #expect(flawed.violation?.invariant == flaw.breaks, "\(flawed)")
        #expect(Exploration(ModelWorld(flaw.scope), depth: flawed.depth + 1).violation == nil)
    }

    /// An exploration that never comes to the interesting places would find nothing wrong there.
    @Test func everyEndOfAnUploadIsReached() {
        var states: Set<Upload.State> = []
        _ = Exploration(ModelWorld(Scope(othersAsk: true, timePasses: true)), depth: 9) { states.insert($0.row.state) }
        #expect(states == [.open, .complete, .finalized, .expired, .terminated])
    }

    @Test func filesAreRenamedAndCopied() {
        var files: Set<[Bool]> = []
        _ = Exploration(ModelWorld(Scope())) { world in
            guard world.row.state == .finalized else { return }
            files.insert([world.row.chunks.whole != nil, world.row.chunks.pieces.count > 1])
        }
        #expect(files == [[true, false], [false, true]])
    }
}
