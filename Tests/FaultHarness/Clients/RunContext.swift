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

    func violated(_ text: String, _ promises: Promises) {
        promises.note("! \(text)")
        let now = promises.now
        verdict.add(
            Violation(text: "\(promises.label): \(text)", upload: now.url ?? "(unknown)", trace: now.trace))
    }
}
