import Meters

/// What this module counts and times.
enum Measured {
    static let phases = TimeMeters<Phase>(.finalizing)
    static let visible = TimeMeter(.visible)
    static let attempts = CountMeters<Attempt>(.attempts)
    static let sweeps = CountMeters<Sweep>(.sweeps)
    static let swept = CountMeters<Swept>(.swept)

    /// As in `job_attempt.result`.
    enum Attempt: String, CaseIterable {
        case done, failed, waiting, stopped, lost, cancelled
    }

    enum Sweep: String, CaseIterable {
        case done, failed
    }

    enum Swept: String, CaseIterable {
        case expired, uploads, blobs, orphans, pruned
    }

    /// Makes them show from the beginning.
    static func begin() {
        _ = (phases, visible, attempts, sweeps, swept)
    }
}
