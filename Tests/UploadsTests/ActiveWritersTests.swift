import Synchronization
import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

@Suite struct ActiveWritersTests {
    private let writers = ActiveWriters()
    private let id = UploadID.random()

    /// The reasons that a writer was given to stop, in their order.
    private final class Stops: Sendable {
        private let reasons = Mutex<[ActiveWriters.StopReason]>([])
        var all: [ActiveWriters.StopReason] { reasons.withLock { $0 } }
        func add(_ reason: ActiveWriters.StopReason) { reasons.withLock { $0.append(reason) } }
    }

    @Test func aRequestStopsTheWriterOfItsUploadOnly() {
        let (mine, others) = (Stops(), Stops())
        #expect(writers.add(id, fence: 1) { mine.add($0) } == nil)
        #expect(writers.add(.random(), fence: 1) { others.add($0) } == nil)
        #expect(writers.askToStop(id, fence: 9))
        #expect(mine.all == [.newerRequest])
        #expect(others.all == [])
    }

    @Test func withoutAWriterNobodyIsAsked() {
        #expect(!writers.askToStop(id, fence: 9))
    }

    @Test func aNewerWriterStopsTheOlderOneOfTheSameUpload() {
        let (older, newer) = (Stops(), Stops())
        #expect(writers.add(id, fence: 1) { older.add($0) } == nil)
        #expect(writers.add(id, fence: 2) { newer.add($0) } == nil)
        #expect(older.all == [.newerRequest])
        #expect(newer.all == [])
    }

    @Test func anOlderWriterThatComesLateMustEndBeforeItBegins() {
        let newer = Stops()
        _ = writers.add(id, fence: 2) { newer.add($0) }
        #expect(writers.add(id, fence: 1) { _ in } == .newerRequest)
        #expect(newer.all == [] && writers.count == 1)
    }

    @Test func aRequestThatWasOvertakenLeavesTheNewerWriterAlone() {
        let newer = Stops()
        _ = writers.add(id, fence: 2) { newer.add($0) }
        #expect(!writers.askToStop(id, fence: 1, asker: NodeID(name: "a:1:1")))
        #expect(newer.all == [] && writers.remove(id, fence: 2) == (false, []))
    }

    @Test func aLateRemovalOfTheOlderWriterLeavesTheNewerOne() {
        _ = writers.add(id, fence: 1) { _ in }
        _ = writers.add(id, fence: 2) { _ in }
        #expect(writers.remove(id, fence: 1) == (false, []))
        #expect(writers.count == 1)
        #expect(writers.askToStop(id, fence: 9))
    }

    @Test func removalTellsWhoAsked() {
        let (one, other) = (NodeID(name: "a:1:1"), NodeID(name: "b:1:2"))
        _ = writers.add(id, fence: 1) { _ in }
        writers.askToStop(id, fence: 1, asker: one)
        writers.askToStop(id, fence: 1, asker: other)
        writers.askToStop(id, fence: 1, asker: one)
        #expect(writers.remove(id, fence: 1) == (true, [one, other]))
        #expect(writers.remove(id, fence: 1) == (false, []))
    }

    @Test func drainingStopsAllRefusesNewOnesAndEndsWithTheLast() async {
        let stops = Stops()
        let ids = (0..<3).map { _ in UploadID.random() }
        for id in ids { _ = writers.add(id, fence: 1) { stops.add($0) } }
        let ended = Flag()
        await withTaskGroup { group in
            group.addTask {
                await writers.drain()
                ended.raise()
            }
            while stops.all.count < 3 { await Task.yield() }
            #expect(writers.add(id, fence: 1) { _ in } == .shutdown)
            #expect(writers.isDraining)
            for id in ids {
                #expect(!ended.isUp)
                _ = writers.remove(id, fence: 1)
            }
        }
        #expect(ended.isUp)
        #expect(stops.all == [.shutdown, .shutdown, .shutdown])
    }

    @Test func drainingWithoutWritersEndsAtOnce() async {
        await writers.drain()
        await writers.drain()
        #expect(writers.isDraining)
    }
}
