/// A target with its pool of inputs: step by step, as long as wanted.
package struct FuzzRun: Sendable {
    package let target: FuzzTarget
    package private(set) var executions = 0
    /// How many inputs the parser took.
    package private(set) var accepted = 0
    private var pool: [[UInt8]]
    private var mutator: Mutator
    /// Inputs kept; the samples stay.
    private static let mostInPool = 400

    package init(_ target: FuzzTarget, seed: UInt64) {
        self.target = target
        pool = target.samples
        // A target's inputs do not depend on which others run.
        let own = target.name.utf8.reduce(seed &* 0x9E37_79B9) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        mutator = Mutator(seed: own)
    }

    /// The samples as they are. Throws a `Finding`.
    package mutating func runSamples() throws {
        for sample in target.samples { try run(sample) }
    }

    /// One more input; `willRun` sees it before. Throws a `Finding`.
    package mutating func step(_ willRun: ([UInt8]) -> Void = { _ in }) throws {
        let input = mutator.next(from: pool)
        willRun(input)
        try run(input)
    }

    private mutating func run(_ input: [UInt8]) throws {
        executions += 1
        do {
            try target.body(input)
        } catch let violation as Violation {
            throw Finding(target: target.name, claim: violation.description, input: input)
        } catch {
            return
        }
        accepted += 1
        keep(input)
    }

    /// What is accepted is worth changing further.
    private mutating func keep(_ input: [UInt8]) {
        if pool.count < target.samples.count + Self.mostInPool {
            pool.append(input)
        } else {
            pool[Int.random(in: target.samples.count..<pool.count, using: &mutator.generator)] = input
        }
    }
}

/// An input that broke a rule.
package struct Finding: Error, CustomStringConvertible {
    package var target: String
    package var claim: String
    package var input: [UInt8]

    package var description: String { "\(target): \(claim)\n    input: \(Self.literal(input))" }

    /// As a Swift string literal, or as bytes if it is not UTF-8.
    package static func literal(_ input: [UInt8]) -> String {
        guard let text = String(validating: input, as: UTF8.self) else { return "\(input)" }
        return text.debugDescription
    }
}
