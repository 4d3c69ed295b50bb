import Synchronization

/// Numbers of one run.
package struct Numbers: Sendable {
    package var created = 0
    package var finished = 0
    package var deleted = 0
    package var abandoned = 0
    package var bytes: Int64 = 0
    /// Downloads that had every byte right.
    package var verified = 0
    /// By status.
    package var answers: [Int: Int] = [:]
    /// Requests whose answer did not come: cut by the client or by the server, or timed out.
    package var lost = 0
    /// Answers to requests that competed with no other, for which the rules are strictest.
    package var alone = 0
    /// 409 to a request that competed with another of the same upload.
    package var conflicts = 0
    /// 409 to a client's only request, at the offset that it had been told: one that it had given up came between.
    package var overtaken = 0
    package var faults: [FaultCategory: Int] = [:]
    /// Calls on the volume that failed or stalled.
    package var volumeCalls: [String: Int] = [:]
    package var forcedClaims = 0
    /// Nodes that got into trouble just when they held a claim, by the kind of trouble.
    package var ambushes: [String: Int] = [:]
    package var jobAttempts = 0
    /// Files on the volume that no row needs: allowed, the sweeper removes them when they are a day old.
    package var orphans = 0
    /// What `tussock fsck` said in the end.
    package var fsck = ""

    package init() {}

    package var line: String {
        let faults = faults.values.reduce(0, +)
        let answers = self.answers.values.reduce(0, +)
        return "uploads \(created), finished \(finished), answers \(answers), lost \(lost), faults \(faults)"
    }

    package var summary: String {
        func list<Key>(_ counts: [(Key, Int)]) -> String {
            counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        }
        return """
            uploads: created \(created), finished \(finished), deleted \(deleted), abandoned \(abandoned); \
            \(bytes >> 20) MiB acknowledged
            downloads verified byte by byte: \(verified)
            answers: \(list(answers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })); lost \(lost); \
            without a competing request \(alone); 409 to competing requests \(conflicts), \
            \(overtaken) of them put down to a request given up
            faults: \(list(faults.sorted { $0.key < $1.key }.map { ($0.key.rawValue, $0.value) }))
            volume calls met: \(list(volumeCalls.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
            holders of a claim in trouble: \(list(ambushes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
            claims taken by force: \(forcedClaims); job attempts: \(jobAttempts); files without a row: \(orphans)
            fsck: \(fsck)
            """
    }
}

final class Tally: Sendable {
    private let numbers = Mutex(Numbers())

    func count(_ change: (inout Numbers) -> Void) { numbers.withLock { change(&$0) } }

    var now: Numbers { numbers.withLock { $0 } }
}
