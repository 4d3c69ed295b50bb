import Metrics

/// Counts something, over swift-metrics. Costs an atomic addition, and nothing in a process without `/metrics`.
package struct CountMeter: Sendable {
    private let counter: Counter

    package init(_ metric: Metric) {
        counter = Counter(label: metric.name)
    }

    package func add(_ amount: Int = 1) {
        counter.increment(by: amount)
    }
}

/// A count for each value of a label. All of them stand at zero from the beginning, so that the first event is a rise.
package struct CountMeters<Value>: Sendable
where Value: RawRepresentable & CaseIterable & Hashable & Sendable, Value.RawValue == String {
    private let counters: [Value: Counter]

    package init(_ metric: Metric) {
        counters = Dictionary(
            uniqueKeysWithValues: Value.allCases.map { value in
                (value, Counter(label: metric.name, dimensions: metric.labels.map { ($0, value.rawValue) }))
            })
    }

    package func add(_ value: Value, _ amount: Int = 1) {
        counters[value]?.increment(by: amount)
    }
}
