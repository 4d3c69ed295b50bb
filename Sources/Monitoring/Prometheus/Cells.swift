import Meters
import Metrics
import Synchronization

/// The value behind one counter.
final class CounterCell: CounterHandler {
    private let total = Atomic<Int64>(0)

    var value: Int64 { total.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        total.add(amount, ordering: .relaxed)
    }

    func reset() {
        total.store(0, ordering: .relaxed)
    }
}

/// The distribution behind one histogram of durations. Recording allocates nothing.
final class HistogramCell: TimerHandler {
    struct Distribution: Sendable {
        /// How many fell into each bucket alone; the last one has no upper bound.
        var counts: [Int]
        var nanoseconds: Int64 = 0
    }

    private let bounds: [Int64]
    private let distribution: Mutex<Distribution>

    /// - Parameter buckets: upper bounds, seconds.
    init(buckets: [Double]) {
        bounds = buckets.map { Int64($0 * 1e9) }
        distribution = Mutex(Distribution(counts: Array(repeating: 0, count: buckets.count + 1)))
    }

    var value: Distribution { distribution.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) {
        var index = 0
        while index < bounds.count, duration > bounds[index] { index += 1 }
        distribution.withLock { distribution in
            distribution.counts[index] += 1
            distribution.nanoseconds += duration
        }
    }
}
