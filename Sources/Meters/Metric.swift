/// What is measured: a name, what it means, its labels. Every metric is defined in this module and nowhere else
/// (API.md section 5); recording needs no more than a name, `/metrics` gets the rest from here.
///
/// Labels have few values, known beforehand: never a path, an id, or anything else that a client chooses.
package struct Metric: Sendable {
    package enum Kind: Sendable, Equatable {
        case counter, gauge
        /// Of durations; upper bounds in seconds, rising, without the last, which is infinite.
        case histogram(buckets: [Double])
    }

    package let name: String
    /// One sentence for HELP.
    package let help: String
    package let kind: Kind
    /// Names of the labels, in the order in which their values are given.
    package let labels: [String]

    static func counter(_ name: String, _ help: String, labels: [String] = []) -> Metric {
        Metric(name: name, help: help, kind: .counter, labels: labels)
    }

    static func gauge(_ name: String, _ help: String, labels: [String] = []) -> Metric {
        Metric(name: name, help: help, kind: .gauge, labels: labels)
    }

    static func histogram(_ name: String, _ help: String, labels: [String] = [], _ buckets: [Double]) -> Metric {
        Metric(name: name, help: help, kind: .histogram(buckets: buckets), labels: labels)
    }
}
