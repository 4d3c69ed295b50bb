import Foundation
import Synchronization

/// What the clients of one run share.
final class RunContext: Sendable {
    let options: FaultOptions
    let cluster: FaultCluster
    let verdict: Verdict
    let tally = Tally()
    let start = ContinuousClock.now
    private let healed = Mutex<ContinuousClock.Instant?>(nil)
    private let uploads = Mutex<[Promises]>([])
    private let overtakings = Mutex<[String]>([])
    /// How long after the healing nodes may still be reconnecting.
    private static let convalescence: Duration = .seconds(15)

    init(_ options: FaultOptions, _ cluster: FaultCluster, _ verdict: Verdict) {
        (self.options, self.cluster, self.verdict) = (options, cluster, verdict)
    }

    func isHealed() { healed.withLock { $0 = .now } }

    /// Whether nothing has been wrong for a while.
    var isCalm: Bool {
        healed.withLock { $0 }.map { ContinuousClock.now - $0 > Self.convalescence } ?? false
    }

    /// Whether clients begin new uploads.
    var goesOn: Bool { ContinuousClock.now < start + options.duration && !verdict.isOver && !Task.isCancelled }

    func add(_ upload: Promises) { uploads.withLock { $0.append(upload) } }

    var all: [Promises] { uploads.withLock { $0 } }

    /// A request that was given up came between an offset that was told and the PATCH at it: allowed, but to be looked
    /// at.
    func overtaken(_ promises: Promises, _ members: [Member]) {
        tally.count { $0.overtaken += 1 }
        let ghosts = promises.livingGhosts(members).map(\.description).joined(separator: "; ")
        let trace = ["\(promises.label), given up: \(ghosts)"] + promises.now.trace.suffix(12)
        overtakings.withLock { $0.append(trace.joined(separator: "\n    ")) }
    }

    var allOvertaken: [String] { overtakings.withLock { $0 } }

    func violated(_ text: String, _ promises: Promises) {
        promises.note("! \(text)")
        let now = promises.now
        verdict.add(
            Violation(text: "\(promises.label): \(text)", upload: now.url ?? "(unknown)", trace: now.trace))
    }
}
