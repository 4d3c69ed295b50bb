/// How long an attempt was in each of its phases.
struct PhaseClock: Sendable {
    private(set) var phase: Phase
    private var since: ContinuousClock.Instant
    private var past: [(phase: Phase, seconds: Double)] = []

    init(_ phase: Phase, now: ContinuousClock.Instant = .now) {
        self.phase = phase
        since = now
    }

    /// A phase that is entered again goes on.
    mutating func enter(_ next: Phase, now: ContinuousClock.Instant = .now) {
        guard next != phase else { return }
        past.append((phase, seconds(until: now)))
        (phase, since) = (next, now)
    }

    private func seconds(until now: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (now - since).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    private func all(_ now: ContinuousClock.Instant) -> [(phase: Phase, seconds: Double)] {
        past + [(phase, seconds(until: now))]
    }

    /// How long each took, in the order in which they began.
    func durations(now: ContinuousClock.Instant = .now) -> [(phase: Phase, duration: Duration)] {
        all(now).map { ($0.phase, .seconds($0.seconds)) }
    }

    /// Their names and seconds in the order in which they began, the present one last.
    func record(now: ContinuousClock.Instant = .now) -> (names: [String], seconds: [Double]) {
        let all = all(now)
        return (all.map(\.phase.rawValue), all.map(\.seconds))
    }
}
