import Testing
import UploadProtocol

@testable import Finalizer

@Suite struct SlotsTests {
    private func job(_ bytes: Int64) -> Job {
        Job(
            id: 1, upload: .random(), attempt: 1, failures: 0, mostFailures: 20, bytesTotal: bytes,
            bytesDone: 0)
    }

    private let large: Int64 = 500 << 30

    @Test func oneOfSeveralSlotsIsKeptForSmallFiles() {
        var slots = Slots(concurrency: 4, batch: 16)
        #expect(slots.next.map { [$0.limit, $0.onlySmall ? 1 : 0] } == [3, 0])
        for _ in 0..<3 { slots.take(job(large)) }
        #expect(slots.next.map { [$0.limit, $0.onlySmall ? 1 : 0] } == [1, 1])
        slots.take(job(1))
        #expect(slots.next == nil)
        slots.free(job(large))
        // The small one holds a slot of its own, so a large one may come.
        #expect(slots.next.map { [$0.limit, $0.onlySmall ? 1 : 0] } == [1, 0])
    }

    @Test func smallFilesMayHaveAllSlots() {
        var slots = Slots(concurrency: 2, batch: 16)
        slots.take(job(1))
        #expect(slots.next.map { [$0.limit, $0.onlySmall ? 1 : 0] } == [1, 0])
        slots.take(job(Slots.smallBytes))
        #expect(slots.next == nil)
    }

    @Test func aSingleSlotIsForAny() {
        var slots = Slots(concurrency: 1, batch: 16)
        #expect(slots.next.map { [$0.limit, $0.onlySmall ? 1 : 0] } == [1, 0])
        slots.take(job(large))
        #expect(slots.next == nil)
    }

    @Test func aClaimTakesNoMoreThanABatch() {
        #expect(Slots(concurrency: 64, batch: 5).next?.limit == 5)
        #expect(Slots(concurrency: 64, batch: 500).next?.limit == 48)
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
