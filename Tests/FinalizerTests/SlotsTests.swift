import Testing
import UploadProtocol

@testable import Finalizer

@Suite struct SlotsTests {
    private enum Work: SlotTaker {
        case small, large, rename

        var isSmall: Bool { self == .small }
        var isRename: Bool { self == .rename }
    }

    @Test func oneOfSeveralSlotsIsKeptForSmallFiles() {
        var slots = Slots(concurrency: 4, batch: 16)
        #expect(slots.next == .init(limit: 3, onlySmall: false, renames: 13))
        #expect(slots.take([Work.large, .large, .large]).count == 3)
        #expect(slots.next == .init(limit: 1, onlySmall: true, renames: 15))
        #expect(slots.take([Work.small]).count == 1)
        #expect(slots.next == nil)
        slots.free([Work.large])
        // The small one holds a slot of its own, so a large one may come.
        #expect(slots.next == .init(limit: 1, onlySmall: false, renames: 15))
    }

    @Test func renamesOfAClaimShareASlot() {
        var slots = Slots(concurrency: 4, batch: 16)
        let runs = slots.take([Work.rename, .large, .rename, .small, .rename])
        #expect(runs == [[.rename, .rename, .rename], [.large], [.small]])
        #expect(slots.next == .init(limit: 1, onlySmall: false, renames: 15))
        #expect(slots.take(Array(repeating: Work.rename, count: 15)).map(\.count) == [15])
        #expect(slots.next == nil)
    }

    @Test func theLastSlotIsForAFileAndTheRenamesBeforeIt() {
        var slots = Slots(concurrency: 2, batch: 16)
        _ = slots.take([Work.small])
        #expect(slots.take([Work.large, .rename, .rename]) == [[.rename, .rename, .large]])
        #expect(slots.next == nil)
    }

    @Test func smallFilesMayHaveAllSlots() {
        var slots = Slots(concurrency: 2, batch: 16)
        _ = slots.take([Work.small])
        #expect(slots.next == .init(limit: 1, onlySmall: false, renames: 15))
        _ = slots.take([Work.small])
        #expect(slots.next == nil)
    }

    @Test func aSingleSlotIsForAny() {
        var slots = Slots(concurrency: 1, batch: 16)
        #expect(slots.next == .init(limit: 1, onlySmall: false, renames: 15))
        let runs = slots.take([Work.large])
        #expect(slots.next == nil)
        slots.free(runs[0])
        #expect(slots.next == .init(limit: 1, onlySmall: false, renames: 15))
    }

    @Test func aClaimTakesNoMoreThanABatch() {
        #expect(Slots(concurrency: 64, batch: 5).next == .init(limit: 5, onlySmall: false, renames: 0))
        #expect(Slots(concurrency: 64, batch: 500).next == .init(limit: 48, onlySmall: false, renames: 452))
    }
}

@Suite struct BandwidthTests {
    @Test func bytesArePaidForBeforeTheNextOnesPass() async throws {
        let limit = Bandwidth(bytesPerSecond: 10_000_000)
        let begin = ContinuousClock.now
        for _ in 0..<4 { try await limit.pass(1_000_000) }
        // The last passes when the three before it are paid for.
        #expect(ContinuousClock.now - begin >= .milliseconds(299))
    }

    @Test func withoutALimitNothingWaits() async throws {
        let begin = ContinuousClock.now
        for _ in 0..<1000 { try await Bandwidth(bytesPerSecond: nil).pass(.max) }
        #expect(ContinuousClock.now - begin < .seconds(20))
    }

    @Test func aStepIsWhatPassesInASecond() {
        #expect(Bandwidth(bytesPerSecond: nil).step(atMost: 64 << 20) == 64 << 20)
        #expect(Bandwidth(bytesPerSecond: 1 << 20).step(atMost: 64 << 20) == 1 << 20)
        #expect(Bandwidth(bytesPerSecond: 1).step(atMost: 64 << 20) == 64 * 1024)
        #expect(Bandwidth(bytesPerSecond: 1 << 40).step(atMost: 64 << 20) == 64 << 20)
    }

    @Test func anAttemptThatEndsWaitsNoLonger() async throws {
        let limit = Bandwidth(bytesPerSecond: 1)
        try await limit.pass(3600)
        let waiting = Task { try await limit.pass(1) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}

@Suite struct PhaseClockTests {
    @Test func eachPhaseHasItsSeconds() {
        let begin = ContinuousClock.now
        var clock = PhaseClock(.verify, now: begin)
        clock.enter(.verify, now: begin + .seconds(1))
        clock.enter(.assemble, now: begin + .seconds(2))
        clock.enter(.sync, now: begin + .seconds(5))
        let record = clock.record(now: begin + .milliseconds(5500))
        #expect(record.names == ["verify", "assemble", "sync"])
        #expect(record.seconds == [2, 3, 0.5])
    }
}
