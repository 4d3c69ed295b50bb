import Testing
@testable import Postgres

/// Who goes with whom, without a clock and without a database.
@Suite struct SharedQueueTests {
    private typealias Queue = SharedQueue<Int>

    private func sent(_ action: Queue.Action) -> [Int]? {
        if case .send(let waiters) = action { waiters } else { nil }
    }

    private func round(_ action: Queue.Action) -> Int? {
        if case .gather(let round) = action { round } else { nil }
    }

    /// A queue whose last statement was shared by these many, and has its answer.
    private func crowded(by count: Int) -> Queue {
        var queue = Queue(lanes: 1, most: 256)
        _ = queue.arrive(0)
        for number in 1...count { _ = queue.arrive(number) }
        _ = queue.ended()
        _ = queue.ended()
        return queue
    }

    @Test func oneThatComesAloneNeverWaits() {
        var queue = Queue(lanes: 2, most: 256)
        for number in 0..<100 {
            #expect(sent(queue.arrive(number)) == [number])
            #expect(sent(queue.ended()) == nil)
        }
    }

    @Test func thoseThatComeMeanwhileGoTogether() {
        var queue = Queue(lanes: 1, most: 256)
        #expect(sent(queue.arrive(0)) == [0])
        for number in 1...9 { #expect(sent(queue.arrive(number)) == nil) }
        #expect(sent(queue.ended()) == Array(1...9))
        #expect(queue.waiting.isEmpty)
    }

    @Test func afterACrowdTheNextOnesAreGathered() throws {
        var queue = crowded(by: 3)
        let gathering = try #require(round(queue.arrive(10)))
        #expect(sent(queue.arrive(11)) == nil)
        // As many as the last statement had: nobody waits any longer.
        #expect(sent(queue.arrive(12)) == [10, 11, 12])
        #expect(sent(queue.timeIsUp(gathering)) == nil)
    }

    @Test func fewerGoWhenTheTimeIsUpAndThenOneAloneDoesNotWait() throws {
        var queue = crowded(by: 3)
        let gathering = try #require(round(queue.arrive(10)))
        #expect(sent(queue.timeIsUp(gathering)) == [10])
        _ = queue.ended()
        #expect(sent(queue.arrive(11)) == [11])
    }

    @Test func aSlowStatementKeepsNobodyWaitingBeyondTheTime() throws {
        var queue = Queue(lanes: 2, most: 256)
        #expect(sent(queue.arrive(0)) == [0])
        #expect(sent(queue.arrive(1)) == [1])
        #expect(sent(queue.arrive(2)) == nil)
        #expect(sent(queue.arrive(3)) == nil)
        #expect(sent(queue.ended()) == [2, 3])
        // One lane is left, and the other never ends.
        _ = queue.ended()
        let gathering = try #require(round(queue.arrive(4)))
        #expect(sent(queue.timeIsUp(gathering)) == [4])
    }

    @Test func noStatementHasMoreThanItMay() {
        var queue = Queue(lanes: 1, most: 4)
        _ = queue.arrive(0)
        for number in 1...10 { _ = queue.arrive(number) }
        #expect(sent(queue.ended()) == [1, 2, 3, 4])
        #expect(sent(queue.ended()) == [5, 6, 7, 8])
        guard let gathering = round(queue.ended()) else { return #expect(Bool(false), "the rest is forgotten") }
        #expect(sent(queue.timeIsUp(gathering)) == [9, 10])
    }
}
