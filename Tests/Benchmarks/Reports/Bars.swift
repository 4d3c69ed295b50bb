/// What the work must come to, as a ratio within one run on one machine, or as a number.
package struct Bar: Sendable {
    enum Measure: Sendable {
        /// At least this many times the rate of the reference.
        case ratio(Double, to: String, of: String)
        case rate(atLeast: Double)
        /// Processor seconds a GiB, of all servers together.
        case load(atMost: Double)
        /// MiB.
        case peak(atMost: Double)
        /// Milliseconds.
        case p99(atMost: Double)
    }

    var work: String
    var durability: String
    var measure: Measure

    static let all: [Bar] = [
        Bar(work: "large-1", durability: "page-cache", measure: .ratio(1.0, to: "nginx", of: "large-1")),
        Bar(work: "large-1", durability: "page-cache", measure: .load(atMost: 0.6)),
        Bar(work: "large-8", durability: "page-cache", measure: .ratio(1.0, to: "nginx", of: "large-8")),
        Bar(work: "large-8", durability: "page-cache", measure: .load(atMost: 0.8)),
        Bar(work: "large-8", durability: "fsync", measure: .ratio(0.9, to: "dd", of: "large-8")),
        Bar(work: "small-patch-32", durability: "page-cache", measure: .ratio(0.30, to: "nginx", of: "small-32")),
        Bar(work: "small-patch-32", durability: "fsync", measure: .ratio(0.25, to: "nginx", of: "small-32")),
        Bar(work: "small-post-32", durability: "page-cache", measure: .ratio(0.45, to: "nginx", of: "small-32")),
        Bar(work: "small-post-32", durability: "fsync", measure: .ratio(0.35, to: "nginx", of: "small-32")),
        Bar(work: "small-patch-1", durability: "page-cache", measure: .ratio(0.15, to: "nginx", of: "small-1")),
        Bar(work: "small-post-1", durability: "page-cache", measure: .ratio(0.15, to: "nginx", of: "small-1")),
        Bar(work: "head-16", durability: "fsync", measure: .rate(atLeast: 20_000)),
        Bar(work: "download", durability: "fsync", measure: .ratio(0.9, to: "nginx", of: "download")),
        Bar(work: "streams-64", durability: "fsync", measure: .peak(atMost: 100)),
        Bar(work: "idle-10000", durability: "fsync", measure: .peak(atMost: 300)),
        Bar(work: "handover", durability: "fsync", measure: .p99(atMost: 20)),
    ]
}

/// A bar held against what was measured.
package struct Verdict: Codable, Sendable {
    package var work: String
    package var durability: String
    package var bar: String
    /// nil: not measured, or the reference is missing.
    package var value: Double?
    package var isMet: Bool?
}

extension Bar {
    /// nil if the work was not done in this run.
    func held(against figures: [Figure]) -> Verdict? {
        func find(_ system: String, _ work: String) -> Figure? {
            figures.first { $0.system == system && $0.work == work && $0.durability == durability }
        }
        guard let own = find("tussock", work) else { return nil }
        let (value, isMet): (Double?, Bool?)
        switch measure {
        case .ratio(let least, let system, let other):
            value = find(system, other).map { own.rate / $0.rate }
            isMet = value.map { $0 >= least }
        case .rate(let least): (value, isMet) = (own.rate, own.rate >= least)
        case .load(let most):
            value = own.load?.sum
            isMet = value.map { $0 <= most }
        case .peak(let most):
            value = own.peak
            isMet = value.map { $0 <= most }
        case .p99(let most):
            value = own.latencies.values.map(\.p99).max()
            isMet = value.map { $0 <= most }
        }
        return Verdict(work: work, durability: durability, bar: text, value: value, isMet: isMet)
    }

    private var text: String {
        switch measure {
        case .ratio(let least, let system, _): "at least \(least) × \(system)"
        case .rate(let least): "at least \(Int(least)) 1/s"
        case .load(let most): "at most \(most) CPU s/GiB"
        case .peak(let most): "at most \(Int(most)) MiB"
        case .p99(let most): "p99 at most \(Int(most)) ms"
        }
    }
}
