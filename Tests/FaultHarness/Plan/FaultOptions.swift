/// What one run is made of. The same options with the same seed give the same plan; how real processes interleave
/// under it differs from run to run.
package struct FaultOptions: Sendable {
    package var seed: UInt64
    /// How long faults are injected; the healing and the checks come after it.
    package var duration: Duration
    package var fronts = 3
    package var finalizers = 2
    package var clients = 8
    /// The program under test.
    package var binary: String
    /// The mean time between two faults.
    package var gap: Duration = .milliseconds(700)
    /// Faults of these categories only; empty: all.
    package var only: Set<FaultCategory> = []
    /// The longest upload, bytes.
    package var largest = 64 << 20
    /// How long may pass after the healing until nothing is queued, running or retrying any more. A job of a killed
    /// worker is rescued when its lease of 30 s has run out.
    package var settling: Duration = .seconds(90)
    /// How long one upload may try without any success before that counts as a hang.
    package var patience: Duration = .seconds(150)
    /// Collects violations until the end of the run rather than stopping at the first.
    package var keepsGoing = false
    /// Where the processes' logs are copied when a rule was broken; nil: nowhere.
    package var logFolder: String?

    package init(seed: UInt64, duration: Duration, binary: String) {
        (self.seed, self.duration, self.binary) = (seed, duration, binary)
    }
}

/// The kinds of fault that the report counts.
package enum FaultCategory: String, Sendable, CaseIterable, Comparable {
    case kill, terminate, stop
    case databaseRestart = "database-restart"
    case databasePause = "database-pause"
    case connectionCut = "connection-cut"
    case connectionRefused = "connection-refused"
    case connectionStall = "connection-stall"
    case answerLost = "answer-lost"
    case volumeFailure = "volume-failure"
    case volumeStall = "volume-stall"

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
