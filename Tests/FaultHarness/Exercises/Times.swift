/// How long the same thing took, many times.
package struct Times: Sendable {
    package private(set) var all: [Duration] = []

    package init() {}

    package var count: Int { all.count }

    package mutating func add(_ time: Duration) { all.append(time) }

    /// Runs it and adds its time.
    mutating func measuring<Success>(_ body: () async throws -> Success) async throws -> Success {
        let begin = ContinuousClock.now
        let success = try await body()
        add(ContinuousClock.now - begin)
        return success
    }

    /// `median 5.9, p99 18.2, max 40.1 ms`.
    package var summary: String {
        let sorted = all.sorted()
        guard let last = sorted.last else { return "none" }
        func at(_ share: Double) -> Duration { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
        return "median \(at(0.5).inMilliseconds), p99 \(at(0.99).inMilliseconds), max \(last.inMilliseconds) ms"
    }
}

extension Duration {
    /// With one decimal.
    fileprivate var inMilliseconds: String {
        let tenths = components.seconds * 10_000 + components.attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
