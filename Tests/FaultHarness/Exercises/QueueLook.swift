import Foundation
import TestSupport

/// Holds what the API, the metrics and the commands tell of the queue against its rows.
///
/// While jobs move, every answer must be one snapshot (its jobs add up to all there are) and lie between the rows
/// before and after it. While nothing moves it must be the rows exactly.
struct QueueLook: Sendable {
    typealias Counts = [String: Int]

    /// Jobs in all.
    let total: Int
    private(set) var count = 0
    private(set) var violations: [String] = []
    /// Done jobs at the earlier looks; what is told at `/metrics` may be some seconds old.
    private var past: [(at: ContinuousClock.Instant, done: Int)] = []

    static let states = ["queued", "running", "retrying", "done", "dead", "cancelled"]
    /// How old the figures at `/metrics` may be, with what a slow machine takes to tell them.
    private static let memory: Duration = .seconds(10)

    init(total: Int) {
        self.total = total
    }

    static func rows(_ cluster: Cluster) async throws -> Counts {
        let rows = try await cluster.sql("SELECT state, count(*) FROM job GROUP BY state")
        return rows.reduce(into: Counts()) { $0[$1[0]] = Int($1[1]) }
    }

    /// Looks once. Gives the rows.
    /// - Parameters:
    ///   - processes: whose `/metrics` are asked.
    ///   - standing: wait until nothing moves any more; then all is exact.
    @discardableResult
    mutating func look(
        _ when: String, _ cluster: Cluster, _ processes: [SpawnedProcess], standing: Bool = false
    ) async throws -> Counts {
        count += 1
        var last: Counts = [:]
        // Jobs that were running when the queue was paused go on for a moment, and the metrics are a moment old.
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let before = try await Self.rows(cluster)
            let told = try await answers(cluster, processes)
            let after = try await Self.rows(cluster)
            var wrong = told.flatMap { check($0, before, after) }
            if standing { wrong += told.filter { $0.counts != Self.filled(after) }.map { "\($0.who): \($0.counts)" } }
            last = after
            past.append((.now, before["done"] ?? 0))
            if standing, before != after || !wrong.isEmpty, ContinuousClock.now < deadline {
                await Pace.pause(200)
                continue
            }
            violations += wrong.map { "\(when): rows \(before) … \(after), but \($0)" }
            if standing { try await checkLists(when, cluster, after) }
            return last
        }
    }

    private struct Told {
        var who: String
        var counts: Counts
        var isOld = false
    }

    private static func filled(_ rows: Counts) -> Counts {
        states.reduce(into: Counts()) { $0[$1] = rows[$1] ?? 0 }
    }

    private func answers(_ cluster: Cluster, _ processes: [SpawnedProcess]) async throws -> [Told] {
        let stats = try await cluster.client().request("GET", "/@jobs/stats", ["Tus-Resumable": nil])
        let printed = try await cluster.command("jobs", "stats", "--json")
        let json = try JSONSerialization.jsonObject(with: Data(printed.output.utf8)) as? [String: Any]
        var told = [
            Told(who: "GET /@jobs/stats", counts: stats.json["counts"] as? Counts ?? [:]),
            Told(who: "jobs stats --json", counts: json?["counts"] as? Counts ?? [:]),
        ]
        for process in processes {
            let scrape = try await cluster.scrape(process)
            let counts = Self.states.reduce(into: Counts()) { counts, state in
                counts[state] = scrape["tussock_jobs{state=\"\(state)\"}"].map { Int($0) }
            }
            told.append(Told(who: "/metrics of \(process.name)", counts: counts, isOld: true))
        }
        return told
    }

    private func check(_ told: Told, _ before: Counts, _ after: Counts) -> [String] {
        let sum = told.counts.values.reduce(0, +)
        guard sum == total else { return ["\(told.who) has \(sum) jobs: \(told.counts)"] }
        let horizon = ContinuousClock.now - Self.memory
        let least = told.isOld ? past.last { $0.at < horizon }?.done ?? 0 : before["done"] ?? 0
        let done = told.counts["done"] ?? -1
        guard done < least || done > after["done"] ?? 0 else { return [] }
        return ["\(told.who) has \(done) done"]
    }

    /// The totals of the lists, by state and without a filter.
    private mutating func checkLists(_ when: String, _ cluster: Cluster, _ rows: Counts) async throws {
        var expected = Self.filled(rows).map { (query: "state=\($0.key)", options: ["--state", $0.key], $0.value) }
        expected.append(("b_size=1", ["--limit", "1"], total))
        for (query, options, count) in expected {
            let list = try await cluster.client().request("GET", "/@jobs?\(query)", ["Tus-Resumable": nil])
            let total = list.json["items_total"] as? Int
            if total != count { violations.append("\(when): \(count) rows, but /@jobs?\(query) has \(total ?? -1)") }
            // Starting a command takes long, and it asks the same statement: two are enough.
            guard ["state=done", "b_size=1"].contains(query) else { continue }
            let printed = try await cluster.command(["jobs", "list", "--json"] + options)
            let json = try JSONSerialization.jsonObject(with: Data(printed.output.utf8)) as? [String: Any]
            if json?["items_total"] as? Int != count {
                violations.append(
                    "\(when): \(count) rows, but jobs list \(options) prints \(printed.output.prefix(200))")
            }
        }
    }
}
