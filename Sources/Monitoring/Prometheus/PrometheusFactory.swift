import Meters
package import Metrics
import Synchronization

/// What is recorded over swift-metrics in this process, kept for `/metrics`.
///
/// It keeps the metrics that `Meters` defines and no others: what a library measures by itself, with labels that may
/// have any number of values, goes nowhere.
package final class PrometheusFactory: MetricsFactory {
    enum Cell: Sendable {
        case counter(CounterCell)
        case histogram(HistogramCell)
    }

    private let definitions: [String: Metric]
    /// By name, then by the values of the labels.
    private let cells = Mutex<[String: [[String]: Cell]]>([:])

    package init() {
        definitions = Dictionary(uniqueKeysWithValues: Metric.recorded.map { ($0.name, $0) })
    }

    /// Makes this process record. Once, and before anything is recorded: what was made before goes nowhere.
    package static func start() -> PrometheusFactory {
        let factory = PrometheusFactory()
        MetricsSystem.bootstrap(factory)
        return factory
    }

    /// Adds every metric that has been recorded so far, in the order of their definitions.
    package func write(to exposition: inout Exposition) {
        let cells = cells.withLock { $0 }
        for metric in Metric.recorded {
            guard let series = cells[metric.name] else { continue }
            exposition.begin(metric)
            for (values, cell) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                switch cell {
                case .counter(let cell): exposition.add(metric, values, Double(cell.value))
                case .histogram(let cell): exposition.add(metric, values, cell.value)
                }
            }
        }
    }

    private func cell(_ label: String, _ dimensions: [(String, String)], _ make: (Metric) -> Cell?) -> Cell? {
        guard let metric = definitions[label], dimensions.map(\.0) == metric.labels else { return nil }
        let values = dimensions.map(\.1)
        return cells.withLock { cells in
            if let known = cells[label]?[values] { return known }
            guard let made = make(metric) else { return nil }
            cells[label, default: [:]][values] = made
            return made
        }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let cell = cell(label, dimensions) { $0.kind == .counter ? .counter(CounterCell()) : nil }
        guard case .counter(let counter)? = cell else { return NOOPMetricsHandler.instance }
        return counter
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let cell = cell(label, dimensions) { metric in
            guard case .histogram(let buckets) = metric.kind else { return nil }
            return .histogram(HistogramCell(buckets: buckets))
        }
        guard case .histogram(let histogram)? = cell else { return NOOPMetricsHandler.instance }
        return histogram
    }

    /// Nothing of ours is recorded so; gauges are looked at when somebody asks.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    // What was counted stays, as Prometheus wants it of counters.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
