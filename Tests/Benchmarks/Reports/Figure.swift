/// Milliseconds.
package struct Latency: Codable, Sendable {
    package var p50: Double
    package var p99: Double

    /// - Parameter seconds: unsorted; nil for none.
    init?(_ seconds: [Double]) {
        let sorted = seconds.sorted()
        guard let last = sorted.last else { return nil }
        func at(_ share: Double) -> Double { (sorted.isEmpty ? last : sorted[Int(share * Double(sorted.count - 1))]) }
        (p50, p99) = (at(0.5) * 1000, at(0.99) * 1000)
    }
}

/// Processor seconds by who used them.
package struct ServerLoad: Codable, Sendable {
    package var front = 0.0
    package var finalizer = 0.0
    package var database = 0.0

    package var sum: Double { front + finalizer + database }

    static func - (left: ServerLoad, right: ServerLoad) -> ServerLoad {
        ServerLoad(
            front: left.front - right.front, finalizer: left.finalizer - right.finalizer,
            database: left.database - right.database)
    }

    static func / (load: ServerLoad, divisor: Double) -> ServerLoad {
        ServerLoad(
            front: load.front / divisor, finalizer: load.finalizer / divisor, database: load.database / divisor)
    }
}

/// What one work came to on one system.
package struct Figure: Codable, Sendable {
    package var work: String
    /// `tussock`, `nginx`, `dd` or `pgbench`.
    package var system: String
    /// Of Tussock's nodes in that run; a reference never syncs, but for `dd`.
    package var durability: String
    package var rate: Double
    /// `MiB/s`, or `1/s`.
    package var unit: String
    package var latencies: [String: Latency] = [:]
    /// Processor seconds of the servers: a GiB, or a thousand uploads or requests.
    package var load: ServerLoad?
    /// The most memory that a front node, or nginx, had resident, MiB.
    package var peak: Double?
    /// The rates of all repetitions, of which this is the median.
    package var rates: [Double] = []

    /// The one in the middle by rate.
    static func median(_ figures: [Figure]) -> Figure? {
        let sorted = figures.sorted { $0.rate < $1.rate }
        guard !sorted.isEmpty else { return nil }
        var middle = sorted[sorted.count / 2]
        middle.rates = figures.map(\.rate)
        return middle
    }
}
