/// The pool's decisions as a value: an event goes in, actions come out, the lock and the doing are the owner's.
///
/// The rules: first come, first served; the connection used last is used first; a connection is made only when somebody
/// waits for it; one at a time while connecting fails; nobody waits longer than his deadline, nor at all when the
/// database is known to have been away for as long as that.
struct PoolState {
    typealias Instant = ContinuousClock.Instant

    enum Refusal: Equatable, Sendable { case closed, timeout, unreachable, cancelled }

    enum Action: Equatable, Sendable {
        /// Start to connect; answer with `connected` or `connectFailed`.
        case connect
        /// Call `retry` after the wait that follows this many failures in a row.
        case retry(afterFailures: Int)
        /// Call `tick` then.
        case wake(at: Instant)
        case lease(connection: Int, waiter: Int)
        case refuse(waiter: Int, Refusal)
        case close(connection: Int)
    }

    private struct Waiter {
        let id: Int
        let deadline: Instant
    }

    let size: Int
    let acquireTimeout: Duration
    /// A failure older than this says nothing about now.
    let failureMemory: Duration

    private(set) var idle: [Int] = []
    private(set) var leased: Set<Int> = []
    private(set) var connecting = 0
    private(set) var connectFailures = 0
    private(set) var failuresInARow = 0
    private(set) var isClosed = false
    private var waiters: [Waiter] = []
    private var unreachableSince: Instant?
    private var lastFailure: Instant?
    private var isRetryPending = false
    private var isWakePending = false

    init(size: Int, acquireTimeout: Duration, failureMemory: Duration = .seconds(1)) {
        (self.size, self.acquireTimeout, self.failureMemory) = (size, acquireTimeout, failureMemory)
    }

    var waiting: Int { waiters.count }
    var isDrained: Bool { isClosed && leased.isEmpty && connecting == 0 }

    // MARK: Callers

    /// Somebody wants a connection. `returning` is for one who was given a dead one: he keeps his place and deadline.
    mutating func acquire(_ id: Int, deadline: Instant, returning: Bool = false, now: Instant) -> [Action] {
        if isClosed { return [.refuse(waiter: id, .closed)] }
        if returning || waiters.isEmpty, let connection = idle.popLast() {
            leased.insert(connection)
            return [.lease(connection: connection, waiter: id)]
        }
        if isKnownAway(now) { return [.refuse(waiter: id, .unreachable)] }
        waiters.insert(Waiter(id: id, deadline: deadline), at: returning ? 0 : waiters.endIndex)
        return connectIfUseful() + wakeForFirstDeadline()
    }

    /// The caller's task was cancelled; nothing happens when he is not waiting (any more).
    mutating func cancel(_ id: Int) -> [Action] {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return [] }
        waiters.remove(at: index)
        return [.refuse(waiter: id, .cancelled)]
    }

    /// A leased connection comes back; one that is not reusable is closed and, if somebody waits, replaced.
    mutating func release(_ connection: Int, isReusable: Bool) -> [Action] {
        leased.remove(connection)
        guard isReusable, !isClosed else { return [.close(connection: connection)] + connectIfUseful() }
        return hand(connection)
    }

    // MARK: The database

    mutating func connected(_ connection: Int) -> [Action] {
        connecting -= 1
        (failuresInARow, unreachableSince, lastFailure) = (0, nil, nil)
        if isClosed { return [.close(connection: connection)] }
        return hand(connection) + connectIfUseful()
    }

    /// `isFinal`: waiting does not help (credentials refused, no such database).
    mutating func connectFailed(isFinal: Bool, began: Instant, now: Instant) -> [Action] {
        connecting -= 1
        connectFailures += 1
        failuresInARow += 1
        lastFailure = now
        unreachableSince = min(unreachableSince ?? began, began)
        // Connections that still work come back sooner or later: then it is a matter of waiting.
        if leased.isEmpty, isFinal || isKnownAway(now) { return refuseAll(.unreachable) }
        guard !waiters.isEmpty, connecting == 0, !isRetryPending else { return [] }
        isRetryPending = true
        return [.retry(afterFailures: failuresInARow)]
    }

    mutating func retry() -> [Action] {
        isRetryPending = false
        return connectIfUseful()
    }

    // MARK: Time and the end

    mutating func tick(now: Instant) -> [Action] {
        isWakePending = false
        let late = waiters.filter { $0.deadline <= now }
        waiters.removeAll { $0.deadline <= now }
        let reason = unreachableSince != nil || leased.isEmpty ? Refusal.unreachable : .timeout
        return late.map { .refuse(waiter: $0.id, reason) } + wakeForFirstDeadline()
    }

    mutating func close() -> [Action] {
        isClosed = true
        defer { idle = [] }
        return refuseAll(.closed) + idle.map { .close(connection: $0) }
    }

    // MARK: Rules

    private func isKnownAway(_ now: Instant) -> Bool {
        guard let unreachableSince, let lastFailure, leased.isEmpty else { return false }
        return unreachableSince.duration(to: now) >= acquireTimeout && lastFailure.duration(to: now) <= failureMemory
    }

    private mutating func hand(_ connection: Int) -> [Action] {
        guard !waiters.isEmpty else {
            idle.append(connection)
            return []
        }
        leased.insert(connection)
        return [.lease(connection: connection, waiter: waiters.removeFirst().id)]
    }

    private mutating func connectIfUseful() -> [Action] {
        guard !isClosed, !isRetryPending else { return [] }
        let free = size - leased.count - idle.count - connecting
        let wanted = min(waiters.count - connecting, free, failuresInARow > 0 ? 1 - connecting : free)
        guard wanted > 0 else { return [] }
        connecting += wanted
        return Array(repeating: .connect, count: wanted)
    }

    private mutating func wakeForFirstDeadline() -> [Action] {
        guard !isWakePending, let first = waiters.map(\.deadline).min() else { return [] }
        isWakePending = true
        return [.wake(at: first)]
    }

    private mutating func refuseAll(_ reason: Refusal) -> [Action] {
        defer { waiters = [] }
        return waiters.map { .refuse(waiter: $0.id, reason) }
    }
}
