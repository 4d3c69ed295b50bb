import Uploads

/// One upload, the volume, and all who work on it at once: a pure value. A `Step` of one of them leads to the next.
///
/// What the invariants speak of and no program keeps (`Promises`) is kept beside it.
struct ModelWorld: Hashable, Sendable {
    /// What may happen; a world with fewer things in it can be explored further.
    struct Scope: Hashable, Sendable {
        var nodes = 2
        /// Bytes of the upload.
        var length = 2
        /// No request begins at this fence or above it, so that the worlds are finite in number.
        var fences = 3
        /// HEAD and DELETE, beside PATCH.
        var othersAsk = false
        /// Nodes die and come back, and requests fail.
        var crashes = false
        /// An answer is lost, and its statement executed then, later or never; at most one at a time.
        var losesAnswers = false
        /// Leases run out, and the upload expires.
        var timePasses = false
        /// The upload is made by a POST with bytes.
        var startsClaimed = false
        /// A request brings all bytes at once: so many of them.
        var fills = 0
        /// In each world it is also tried out that a new request could bring the upload to its end.
        var triesRecovery = false
    }

    /// What has been said to clients, and what was done so far.
    struct Promises: Hashable, Sendable {
        /// The highest offset in an answer.
        var acknowledged = 0
        /// What the last HEAD told, and its turn; nil after a claim.
        var told: Told?
        /// The fence of the newest claim.
        var newestClaim = 0
        /// By which claim each committed byte was committed.
        var committers: [Int] = []
        var completions = 0

        struct Told: Hashable, Sendable {
            var offset: Int
            var turn: Int
        }
    }

    let scope: Scope
    let flaw: Flaw?
    var row: UploadRow
    var volume = ModelVolume()
    var nodes: [ModelNode]
    /// A statement whose sender does not wait any more and that has not reached the row.
    var late: ModelNode.Statement?
    var promises = Promises()
    /// Requests so far that brought all bytes at once.
    var fills = 0
    /// The invariant that the last step broke.
    var violation: Invariant?

    init(_ scope: Scope, flaw: Flaw? = nil) {
        self.scope = scope
        self.flaw = flaw
        row = UploadRow(length: scope.length, claimedBy: scope.startsClaimed ? 0 : nil)
        nodes = Array(repeating: .idle, count: scope.nodes)
        guard scope.startsClaimed else { return }
        nodes[0] = .writing(ModelNode.Writer(row))
        promises.newestClaim = 1
    }

    mutating func violated(_ invariant: Invariant) {
        violation = violation ?? invariant
    }
}

extension ModelWorld.Scope: CustomStringConvertible {
    var description: String {
        let happenings = [
            ("HEAD and DELETE", othersAsk), ("crashes", crashes), ("lost answers", losesAnswers), ("time", timePasses),
            ("POST with bytes", startsClaimed), ("whole bodies", fills > 0), ("recovery", triesRecovery),
        ]
        return (["\(nodes) nodes", "\(length) bytes", "fence < \(fences)"] + happenings.filter(\.1).map(\.0))
            .joined(separator: ", ")
    }
}
