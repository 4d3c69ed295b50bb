import Testing
@testable import Uploads

@Suite struct SignalsTests {
    private let signals = Signals<String>()

    @Test func aSignalBetweenTicketAndWaitIsNotMissed() async {
        let ticket = signals.ticket(for: "a")
        signals.fire("a")
        #expect(await ticket.wait(atMost: .seconds(60)))
    }

    @Test func aSignalWakesAllOfItsKeyAndNoOther() async {
        let one = signals.ticket(for: "a")
        let two = signals.ticket(for: "a")
        let other = signals.ticket(for: "b")
        signals.fire("a")
        #expect(await one.wait(atMost: .seconds(60)))
        #expect(await two.wait(atMost: .seconds(60)))
        #expect(await !other.wait(atMost: .zero))
    }

    @Test func afterAGapEverybodyLooksAgain() async {
        let one = signals.ticket(for: "a")
        let other = signals.ticket(for: "b")
        signals.fireAll()
        #expect(await one.wait(atMost: .seconds(60)))
        #expect(await other.wait(atMost: .seconds(60)))
    }

    @Test func aSignalBeforeTheTicketIsNotSeen() async {
        signals.fire("a")
        #expect(await !signals.ticket(for: "a").wait(atMost: .zero))
    }

    @Test func cancellationEndsTheWait() async {
        let waiting = Task { [signals] in await signals.ticket(for: "a").wait(atMost: .seconds(600)) }
        waiting.cancel()
        #expect(await !waiting.value)
    }
}
