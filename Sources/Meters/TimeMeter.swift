import Metrics

/// Collects durations, over swift-metrics. Costs a small lock, and nothing in a process without `/metrics`.
package struct TimeMeter: Sendable {
    private let timer: Timer

    package init(_ metric: Metric, values: [String] = []) {
        timer = Timer(label: metric.name, dimensions: Array(zip(metric.labels, values)))
    }

    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        timer.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    package func record(since begin: ContinuousClock.Instant) {
        record(ContinuousClock.now - begin)
    }
}

/// Durations for each value of a label. All of them stand at zero from the beginning.
package struct TimeMeters<Value>: Sendable
where Value: RawRepresentable & CaseIterable & Hashable & Sendable, Value.RawValue == String {
    private let meters: [Value: TimeMeter]

    package init(_ metric: Metric) {
        meters = Dictionary(
            uniqueKeysWithValues: Value.allCases.map { ($0, TimeMeter(metric, values: [$0.rawValue])) })
    }

    package func record(_ value: Value, _ duration: Duration) {
        meters[value]?.record(duration)
    }
}
