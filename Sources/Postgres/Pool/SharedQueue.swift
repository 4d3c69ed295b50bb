/// Who waits to share a statement, and when one is sent: a value; whoever has it runs the actions.
///
/// A question that comes alone is sent at once. Once a statement was shared, those that come next are gathered: until
/// as many wait as that one had, or for some milliseconds, so that a crowd costs a few statements and one client never
/// waits for company.
struct SharedQueue<Waiter> {
    enum Action {
        case none
        /// The first sends a statement for all.
        case send([Waiter])
        /// `timeIsUp` is to be told after the time of gathering.
        case gather(round: Int)
    }

    /// Statements at the same time.
    let lanes: Int
    /// Questions of one statement.
    let most: Int
    private(set) var waiting: [Waiter] = []
    private var underWay = 0
    /// How many the last statement had.
    private var crowd = 1
    /// Statements that were sent.
    private var round = 0
    /// Those who wait have been gathered for long enough.
    private var isDue = false
    /// `timeIsUp` is still to come: there is never more than one.
    private var isTimed = false

    init(lanes: Int, most: Int) {
        (self.lanes, self.most) = (lanes, most)
    }

    mutating func arrive(_ waiter: Waiter) -> Action {
        waiting.append(waiter)
        let next = sendIfReady()
        if case .none = next, crowd > 1 { return gather() }
        return next
    }

    mutating func timeIsUp(_ round: Int) -> Action {
        isTimed = false
        // It was for those who have gone since; others may have begun to gather.
        guard round == self.round else { return gather() }
        isDue = true
        return sendIfReady()
    }

    /// A statement has its answer.
    mutating func ended() -> Action {
        underWay -= 1
        let next = sendIfReady()
        if case .none = next { return gather() }
        return next
    }

    private mutating func gather() -> Action {
        guard !waiting.isEmpty, !isTimed, !isDue else { return .none }
        isTimed = true
        return .gather(round: round)
    }

    private mutating func sendIfReady() -> Action {
        guard !waiting.isEmpty, underWay < lanes else { return .none }
        // A crowd goes together: a second lane is for those whom the first has kept waiting.
        guard crowd == 1 || isDue || (underWay == 0 && waiting.count >= crowd) else { return .none }
        let chosen = Array(waiting.prefix(most))
        waiting.removeFirst(chosen.count)
        (underWay, crowd, round, isDue) = (underWay + 1, chosen.count, round + 1, false)
        return .send(chosen)
    }
}
