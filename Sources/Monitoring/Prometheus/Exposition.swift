package import Meters

/// Text for Prometheus, format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
package struct Exposition: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() {}

    /// A gauge or counter with its only value, or with one for each value of its only label.
    package mutating func write(_ metric: Metric, _ value: Double) {
        begin(metric)
        add(metric, [], value)
    }

    package mutating func write(_ metric: Metric, _ series: [(label: String, value: Double)]) {
        begin(metric)
        for one in series { add(metric, [one.label], one.value) }
    }

    /// A gauge that is always 1 and whose labels tell something.
    package mutating func write(_ metric: Metric, info values: [String]) {
        begin(metric)
        add(metric, values, 1)
    }

    mutating func begin(_ metric: Metric) {
        text += "# HELP \(metric.name) \(Self.escaped(metric.help))\n# TYPE \(metric.name) \(metric.kind.word)\n"
    }

    mutating func add(_ metric: Metric, _ values: [String], _ value: Double) {
        line(metric.name, metric.labels, values, Self.number(value))
    }

    /// Buckets count all that is below them.
    mutating func add(_ metric: Metric, _ values: [String], _ distribution: HistogramCell.Distribution) {
        guard case .histogram(let buckets) = metric.kind else { return }
        var sum = 0
        for (bound, count) in zip(buckets + [.infinity], distribution.counts) {
            sum += count
            line("\(metric.name)_bucket", metric.labels + ["le"], values + [Self.number(bound)], "\(sum)")
        }
        line("\(metric.name)_sum", metric.labels, values, Self.number(Double(distribution.nanoseconds) / 1e9))
        line("\(metric.name)_count", metric.labels, values, "\(sum)")
    }

    private mutating func line(_ name: String, _ labels: [String], _ values: [String], _ value: String) {
        text += name
        if !values.isEmpty {
            let pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    /// "`label_value` can be any sequence of UTF-8 characters, but the backslash (`\`), double-quote (`"`), and line
    /// feed (`\n`) characters have to be escaped"; in HELP the quotes stay.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// As Go's ParseFloat takes it.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Exact up to 2^53.
        return abs(value) < 9e15 && value.rounded() == value ? "\(Int64(value))" : "\(value)"
    }
}

extension Metric.Kind {
    /// As TYPE says it.
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
