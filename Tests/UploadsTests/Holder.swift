import TestSupport
import Uploads

/// A writer that, when it is asked to stop, commits what it has and lets go, as a request's body does.
final class Holder: Sendable {
    private let asked = Flag()

    var wasAsked: Bool { asked.isUp }

    init(_ claim: Claim, on node: TestNode, committing offset: Int64) {
        _ = node.handover.writers.add(claim.upload, fence: claim.fence) { _ in
            guard self.asked.raise() else { return }
            Task {
                // A writer that was ousted meanwhile has nothing to commit.
                _ = try? await node.uploads.release(claim, offset: offset)
                await node.handover.letGo(of: claim)
            }
        }
    }
}

extension TestNode {
    /// How often this node took a claim by force.
    var forcedClaims: Int { log.entries.filter { $0.contains("claim taken by force") }.count }
}
