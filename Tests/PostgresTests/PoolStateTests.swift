import Testing

@testable import Postgres

@Suite struct PoolStateTests {
    private let start = ContinuousClock.now
    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }
    private func state(size: Int = 2) -> PoolState { PoolState(size: size, acquireTimeout: .milliseconds(1000)) }

    private func acquire(_ state: inout PoolState, _ id: Int, now: Int = 0) -> [PoolState.Action] {
        state.acquire(id, deadline: at(now + 1000), now: at(now))
    }

    @Test func connectionsAreMadeOnlyForThoseWhoWaitAndOnlyUpToTheSize() {
        var state = state(size: 2)
        #expect(acquire(&state, 1) == [.connect, .wake(at: at(1000))])
        #expect(acquire(&state, 2) == [.connect])
        #expect(acquire(&state, 3) == [])
        #expect(state.connected(10) == [.lease(connection: 10, waiter: 1)])
        #expect(state.connected(11) == [.lease(connection: 11, waiter: 2)])
        #expect(state.waiting == 1)
    }

    @Test func theConnectionUsedLastIsUsedFirst() {
        var state = state()
        _ = (acquire(&state, 1), acquire(&state, 2), state.connected(10), state.connected(11))
        #expect(state.release(10, isReusable: true) == [])
        #expect(state.release(11, isReusable: true) == [])
        #expect(acquire(&state, 3) == [.lease(connection: 11, waiter: 3)])
    }

    @Test func firstComeFirstServedEvenForAConnectionThatWasNotMadeForHim() {
        var state = state(size: 1)
        _ = (acquire(&state, 1), state.connected(10), acquire(&state, 2), acquire(&state, 3))
        #expect(state.release(10, isReusable: true) == [.lease(connection: 10, waiter: 2)])
        #expect(state.release(10, isReusable: true) == [.lease(connection: 10, waiter: 3)])
        #expect(state.release(10, isReusable: true) == [])
    }

    @Test func aBrokenConnectionIsClosedAndReplacedForWhoeverWaits() {
        var state = state(size: 1)
        _ = (acquire(&state, 1), state.connected(10), acquire(&state, 2))
        #expect(state.release(10, isReusable: false) == [.close(connection: 10), .connect])
        #expect(state.connected(11) == [.lease(connection: 11, waiter: 2)])
        #expect(state.release(11, isReusable: false) == [.close(connection: 11)])
    }

    @Test func whoWasGivenADeadConnectionKeepsHisPlace() {
        var state = state(size: 1)
        _ = (acquire(&state, 1), state.connected(10), state.release(10, isReusable: true))
        _ = (acquire(&state, 2), acquire(&state, 3))
        _ = state.release(10, isReusable: false)
        _ = state.acquire(4, deadline: at(500), returning: true, now: at(1))
        #expect(state.connected(11) == [.lease(connection: 11, waiter: 4)])
    }

    @Test func aWaiterIsRefusedAtHisDeadlineAndNotBefore() {
        var state = state(size: 1)
        _ = (acquire(&state, 1), state.connected(10), acquire(&state, 2, now: 5), acquire(&state, 3, now: 9))
        #expect(state.tick(now: at(1000)) == [.wake(at: at(1005))])
        #expect(state.tick(now: at(1005)) == [.refuse(waiter: 2, .timeout), .wake(at: at(1009))])
        #expect(state.release(10, isReusable: true) == [.lease(connection: 10, waiter: 3)])
        #expect(state.tick(now: at(1009)) == [])
        #expect(acquire(&state, 4, now: 2000) == [.wake(at: at(3000))])
    }

    @Test func aCancelledWaiterIsSkipped() {
        var state = state(size: 1)
        _ = (acquire(&state, 1), state.connected(10), acquire(&state, 2), acquire(&state, 3))
        #expect(state.cancel(2) == [.refuse(waiter: 2, .cancelled)])
        #expect(state.cancel(2) == [])
        #expect(state.release(10, isReusable: true) == [.lease(connection: 10, waiter: 3)])
    }

    @Test func whileConnectingFailsOneAttemptAtATimeIsMadeAndOnlyForWaiters() {
        var state = state(size: 3)
        _ = (acquire(&state, 1), acquire(&state, 2))
        #expect(state.connectFailed(isFinal: false, began: at(0), now: at(1)) == [])
        #expect(state.connectFailed(isFinal: false, began: at(0), now: at(2)) == [.retry(afterFailures: 2)])
        #expect(acquire(&state, 3, now: 3) == [])
        #expect(state.retry() == [.connect])
        #expect(acquire(&state, 4, now: 4) == [])
        #expect(state.connected(10) == [.lease(connection: 10, waiter: 1), .connect, .connect])
        #expect(state.connectFailures == 2)
        _ = (state.cancel(2), state.cancel(3), state.cancel(4))
        #expect(state.connectFailed(isFinal: false, began: at(4), now: at(5)) == [])
    }

    @Test func aRefusalThatWaitingCannotMendFailsAllWaitersAtOnce() {
        var state = state()
        _ = (acquire(&state, 1), acquire(&state, 2))
        let refused = state.connectFailed(isFinal: true, began: at(0), now: at(1))
        #expect(refused == [.refuse(waiter: 1, .unreachable), .refuse(waiter: 2, .unreachable)])
    }

    @Test func aDatabaseKnownToBeAwayForLongFailsNewcomersAtOnceUntilTheKnowledgeIsOld() {
        var state = state()
        _ = acquire(&state, 1)
        _ = state.connectFailed(isFinal: false, began: at(0), now: at(500))
        #expect(state.tick(now: at(1000)) == [.refuse(waiter: 1, .unreachable)])
        #expect(acquire(&state, 2, now: 1100) == [.refuse(waiter: 2, .unreachable)])
        _ = state.retry()
        #expect(acquire(&state, 3, now: 1501) == [.connect, .wake(at: at(2501))])
        #expect(
            state.connectFailed(isFinal: false, began: at(1501), now: at(1502)) == [.refuse(waiter: 3, .unreachable)])
        #expect(acquire(&state, 4, now: 3000) == [.connect])
        #expect(state.connected(10) == [.lease(connection: 10, waiter: 4)])
    }

    @Test func failingToConnectIsNoReasonToRefuseWhileConnectionsAreInUse() {
        var state = state()
        _ = (acquire(&state, 1), state.connected(10), acquire(&state, 2))
        #expect(state.connectFailed(isFinal: true, began: at(0), now: at(2000)) == [.retry(afterFailures: 1)])
        #expect(state.release(10, isReusable: true) == [.lease(connection: 10, waiter: 2)])
    }

    @Test func closingRefusesWaitersClosesTheIdleAndAwaitsTheLeased() {
        var state = state(size: 2)
        _ = (acquire(&state, 1), acquire(&state, 2), state.connected(10), state.connected(11))
        _ = (state.release(10, isReusable: true))
        #expect(state.close() == [.close(connection: 10)])
        #expect(!state.isDrained)
        #expect(acquire(&state, 3) == [.refuse(waiter: 3, .closed)])
        #expect(state.release(11, isReusable: true) == [.close(connection: 11)])
        #expect(state.isDrained)
    }

    /// Whatever happens in whatever order, nobody is forgotten, no connection is with two, and the size holds.
    @Test(arguments: 0..<200) func anyOrderOfEventsKeepsTheRules(seed: UInt64) {
        var random = SplitMix(state: seed)
        var run = PoolRun(size: 3)
        for step in 0..<400 { run.step(random.next(), now: at(step * 20)) }
        run.finish(now: at(400 * 20))
        #expect(run.violations == [])
    }

    @Test func backoffDoublesUpToItsLimitAndIsCutByChance() {
        let backoff = Backoff(first: .milliseconds(50), longest: .seconds(1))
        #expect(backoff.wait(afterFailures: 1, random: 0) == .milliseconds(50))
        #expect(backoff.wait(afterFailures: 2, random: 0) == .milliseconds(100))
        #expect(backoff.wait(afterFailures: 100, random: 0) == .seconds(1))
        #expect(backoff.wait(afterFailures: 100, random: 0.5) == .milliseconds(750))
    }
}
