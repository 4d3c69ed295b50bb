/// A small seeded generator (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    /// The generator of one part of a run, such as client 3's upload 17: it does not depend on what other parts drew.
    package init(seed: UInt64, part: UInt64...) {
        state = part.reduce(Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15)) { Self.mixed($0 &+ Self.mixed($1 &+ 1)) }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// The finalizer: every bit of the result depends on every bit of the word.
    package static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

extension SplitMix64 {
    package mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    package mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// Every order of magnitude is as likely as any other.
    package mutating func logarithmic(_ range: ClosedRange<Int>) -> Int {
        let low = Double.logarithm(max(range.lowerBound, 1))
        let exponent = Double.random(in: low...max(low, Double.logarithm(max(range.upperBound, 1))), using: &self)
        return min(max(Int(Double.power(exponent)), range.lowerBound), range.upperBound)
    }

    /// One of the choices, by its weight.
    package mutating func weighted<Choice>(_ choices: [(Choice, Double)]) -> Choice? {
        var place = Double.random(in: 0..<max(choices.reduce(0) { $0 + $1.1 }, .leastNonzeroMagnitude), using: &self)
        for (choice, weight) in choices {
            place -= weight
            if place < 0 { return choice }
        }
        return choices.last?.0
    }
}
