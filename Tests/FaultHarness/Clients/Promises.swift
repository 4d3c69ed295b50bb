import Foundation
import Synchronization
import TestSupport

/// What one upload's client has been promised, what it has sent, and the trace of it all.
final class Promises: Sendable {
    /// A request that the client gave up: a node may still carry it out.
    ///
    /// **The rule.** HEAD settles every request that reached its own node before it, also those that wait for the
    /// database there, and every one that holds or waits for the claim, at whichever node. What it does not settle is a
    /// request that is still on its way: in the network, in the kernel of a node that is stopped or busy, or in
    /// another node that has not come to its claim. If such a one begins where the upload stands, it may move the
    /// offset between that HEAD and the PATCH after it, which then gets 409 with the offset. That alone is let pass,
    /// and counted; `--show-overtaken` tells what led to it.
    struct Ghost: Sendable, CustomStringConvertible {
        var front: Int
        var life: Int
        /// When it was sent, and when it was given up.
        var began: ContinuousClock.Instant
        var since: ContinuousClock.Instant
        /// The offset of a PATCH; nil: of another request.
        var start: Int64?

        var description: String {
            let place = start.map { "offset \($0)" } ?? "no offset"
            return "at \(place) of front-\(front), \((ContinuousClock.now - since).inSeconds) ago"
        }
    }

    struct State: Sendable {
        /// The upload's URL path; nil until it is known.
        var url: String?
        /// The highest offset that any answer gave.
        var acknowledged: Int64 = 0
        /// The end of the last byte that was ever sent.
        var sent: Int64 = 0
        /// The item's path.
        var item: String?
        /// DELETE of the item was sent.
        var isItemDeleted = false
        /// And answered with 204 or 404.
        var isItemGone = false
        /// The item was downloaded and every byte was right.
        var isVerified = false
        /// When a request succeeded last.
        var lastSuccess = ContinuousClock.now
        /// DELETE of the upload was sent, and answered with 204 or 410.
        var deletion = Deletion.none
        var isCreatedWithBytes = false
        var inFlight = 0
        var ghosts: [Ghost] = []
        /// Connections with half a request that nobody goes on with.
        var hanging: [HTTPConnection] = []
        var trace: [String] = []
    }

    enum Deletion: Sendable { case none, asked, done }

    let label: String
    let length: Int64
    let bytes: UploadBytes
    let metadata: String
    private let start: ContinuousClock.Instant
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    init(_ label: String, length: Int64, seed: UInt64, metadata: String, start: ContinuousClock.Instant) {
        (self.label, self.length, self.metadata, self.start) = (label, length, metadata, start)
        bytes = UploadBytes(seed: seed)
    }

    var now: State { state.withLock { $0 } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func note(_ text: String) {
        let time = (ContinuousClock.now - start).inSeconds
        state.withLock { $0.trace.append("\(time) \(text)") }
    }

    /// From the first request to the last success.
    var span: Duration { now.lastSuccess - began }

    /// Whether no other request of this upload is under way, also none that was given up and whose node may still
    /// carry it out: a node that is stopped, or was given up less than 40 s ago.
    func isAlone(_ members: [Member]) -> Bool {
        now.inFlight == 0 && livingGhosts(members).isEmpty
    }

    /// How long after a request the next one must be sent to reach a node that runs after it for certain, whichever
    /// connections they take.
    private static let order: Duration = .seconds(2)

    /// A request that was sent to this node then has been let through: those that reached the node before it can do
    /// nothing any more.
    func wasLetThrough(at front: Int, life: Int, sent: ContinuousClock.Instant, _ member: Member) {
        change { state in
            state.ghosts.removeAll { ghost in
                ghost.front == front && ghost.life == life && ghost.since + Self.order < sent
                    && member.hasRun(since: ghost.began)
            }
        }
    }

    /// Whether nobody else can move the offset from where it is known to be. A ghost may still oust a writer; but it
    /// can only write if the upload stands where the ghost was to begin.
    func isOffsetSettled(_ members: [Member]) -> Bool {
        let now = self.now
        return now.inFlight == 0
            && !livingGhosts(members).contains { ghost in ghost.start.map { $0 >= now.acknowledged } ?? false }
    }

    func livingGhosts(_ members: [Member]) -> [Ghost] {
        now.ghosts.filter { ghost in
            let member = members[ghost.front]
            guard member.life == ghost.life else { return false }
            return member.isStopped || ContinuousClock.now - ghost.since < .seconds(40)
        }
    }
}
