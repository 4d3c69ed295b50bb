import Synchronization

/// Durations by several labels, of whose combinations few occur: each is made when it is first met. Looking one up
/// takes a lock for some tens of nanoseconds.
package final class TimeMeterTable<Key: Hashable & Sendable>: Sendable {
    private let metric: Metric
    private let values: @Sendable (Key) -> [String]
    private let meters = Mutex<[Key: TimeMeter]>([:])

    /// - Parameter values: those of the labels; asked once for a key.
    package init(_ metric: Metric, values: @escaping @Sendable (Key) -> [String]) {
        self.metric = metric
        self.values = values
    }

    package func record(_ key: Key, _ duration: Duration) {
        let meter = meters.withLock { meters in
            if let known = meters[key] { return known }
            let made = TimeMeter(metric, values: values(key))
            meters[key] = made
            return made
        }
        meter.record(duration)
    }
}
