@testable import Postgres

/// A small seeded generator, so that a failing order of events can be repeated.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Plays callers, clock and database against a `PoolState` and keeps count of what it was told.
struct PoolRun {
    private var state: PoolState
    private var waiting: Set<Int> = []
    private var leased: [Int] = []
    private var connecting = 0
    private var isRetryPending = false
    private var wakeAt: ContinuousClock.Instant?
    private var lastID = 0
    private(set) var violations: [String] = []

    init(size: Int) {
        state = PoolState(size: size, acquireTimeout: .milliseconds(300), failureMemory: .milliseconds(100))
    }

    mutating func step(_ choice: UInt64, now: ContinuousClock.Instant) {
        if let wakeAt, wakeAt <= now {
            self.wakeAt = nil
            carryOut(state.tick(now: now))
        }
        let pick = Int(choice >> 8) % 1000
        switch choice % 8 {
        case 0, 1, 2: acquire(now)
        case 3:
            if let waiter = waiting.sorted().dropFirst(pick % max(1, waiting.count)).first {
                carryOut(state.cancel(waiter))
            }
        case 4, 5: release(pick, isReusable: pick % 4 != 0)
        case 6: connect(succeeds: pick % 3 != 0, isFinal: pick % 5 == 0, now: now)
        default: retry()
        }
        check()
    }

    /// The database is well again and everybody gives back what he has: then nobody may be left waiting.
    mutating func finish(now: ContinuousClock.Instant) {
        for _ in 0..<1000 where !waiting.isEmpty || !leased.isEmpty || connecting > 0 {
            retry()
            if connecting > 0 { connect(succeeds: true, isFinal: false, now: now) }
            release(0, isReusable: true)
            check()
        }
        if !waiting.isEmpty { violations.append("still waiting: \(waiting.sorted())") }
        carryOut(state.close())
        if !state.isDrained { violations.append("not drained") }
    }

    private mutating func acquire(_ now: ContinuousClock.Instant) {
        lastID += 1
        waiting.insert(lastID)
        carryOut(state.acquire(lastID, deadline: now + .milliseconds(300), now: now))
    }

    private mutating func release(_ pick: Int, isReusable: Bool) {
        guard !leased.isEmpty else { return }
        carryOut(state.release(leased.remove(at: pick % leased.count), isReusable: isReusable))
    }

    private mutating func connect(succeeds: Bool, isFinal: Bool, now: ContinuousClock.Instant) {
        guard connecting > 0 else { return }
        connecting -= 1
        lastID += 1
        carryOut(succeeds ? state.connected(lastID) : state.connectFailed(isFinal: isFinal, began: now, now: now))
    }

    private mutating func retry() {
        guard isRetryPending else { return }
        isRetryPending = false
        carryOut(state.retry())
    }

    private mutating func carryOut(_ actions: [PoolState.Action]) {
        for action in actions {
            switch action {
            case .connect: connecting += 1
            case .retry:
                if isRetryPending { violations.append("two retries pending") }
                isRetryPending = true
            case .wake(let instant):
                if wakeAt != nil { violations.append("two wakes pending") }
                wakeAt = instant
            case .lease(let connection, let waiter):
                if leased.contains(connection) { violations.append("\(connection) leased twice") }
                leased.append(connection)
                answered(waiter)
            case .refuse(let waiter, _): answered(waiter)
            case .close(let connection):
                if leased.contains(connection) { violations.append("\(connection) closed while leased") }
            }
        }
    }

    private mutating func answered(_ waiter: Int) {
        if waiting.remove(waiter) == nil { violations.append("\(waiter) answered twice") }
    }

    private mutating func check() {
        if Set(leased) != state.leased { violations.append("leased differ") }
        if waiting.count != state.waiting { violations.append("waiting differ") }
        if leased.count + state.idle.count + connecting > state.size { violations.append("too many connections") }
        let isStuck = !waiting.isEmpty && leased.isEmpty && connecting == 0 && !isRetryPending
        if isStuck { violations.append("waiting for nothing") }
        if !waiting.isEmpty, wakeAt == nil { violations.append("nobody watches the deadlines") }
    }
}
