import Foundation
import TestSupport

/// How long steps took, by their names; seconds.
struct Laps: Sendable {
    private(set) var times: [String: [Double]] = [:]

    mutating func time<Success>(_ step: String, _ body: () throws -> Success) rethrows -> Success {
        let begin = ContinuousClock.now
        let success = try body()
        add(step, since: begin)
        return success
    }

    mutating func add(_ step: String, since begin: ContinuousClock.Instant) {
        times[step, default: []].append((ContinuousClock.now - begin).seconds)
    }

    mutating func merge(_ other: Laps) {
        times.merge(other.times) { $0 + $1 }
    }

    /// Of each step, in milliseconds.
    var latencies: [String: Latency] {
        times.compactMapValues { Latency($0) }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Clients, each on a thread of its own with what it holds.
enum Clients {
    struct Outcome: Sendable {
        var seconds = 0.0
        /// Whole rounds.
        var rounds = 0
        var laps = Laps()
    }

    /// Every client does its round once; the time is that of all together.
    static func once<Holding: Sendable>(
        _ holdings: [Holding], _ round: @escaping @Sendable (Int, Holding, inout Laps) throws -> Void
    ) async throws -> Outcome {
        try await run(holdings) { client, holding, laps in
            try round(client, holding, &laps)
            return 1
        }
    }

    /// Every client does its rounds until `seconds` have passed. `round` gets the client's number and the round's.
    static func run<Holding: Sendable>(
        _ holdings: [Holding], seconds: Double,
        _ round: @escaping @Sendable (Int, Int, Holding, inout Laps) throws -> Void
    ) async throws -> Outcome {
        let end = ContinuousClock.now + .seconds(seconds)
        return try await run(holdings) { client, holding, laps in
            var rounds = 0
            while ContinuousClock.now < end {
                try round(client, rounds, holding, &laps)
                rounds += 1
            }
            return rounds
        }
    }

    private static func run<Holding: Sendable>(
        _ holdings: [Holding], _ body: @escaping @Sendable (Int, Holding, inout Laps) throws -> Int
    ) async throws -> Outcome {
        let begin = ContinuousClock.now
        return try await withThrowingTaskGroup(of: (Int, Laps).self) { group in
            for (client, holding) in holdings.enumerated() {
                group.addTask {
                    try await onThread {
                        var laps = Laps()
                        return (try body(client, holding, &laps), laps)
                    }
                }
            }
            var outcome = Outcome()
            for try await (rounds, laps) in group {
                outcome.rounds += rounds
                outcome.laps.merge(laps)
            }
            outcome.seconds = (ContinuousClock.now - begin).seconds
            return outcome
        }
    }
}
