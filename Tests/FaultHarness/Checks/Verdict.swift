import Synchronization

/// A rule that was broken, with what led to it.
package struct Violation: Sendable, CustomStringConvertible {
    package var text: String
    /// The upload's URL path, if it is one upload's; and all that was sent and answered for it.
    package var upload: String?
    package var trace: [String]

    package var description: String {
        ([text] + (upload.map { ["upload \($0)"] } ?? []) + trace).joined(separator: "\n    ")
    }
}

/// What one run has found so far.
final class Verdict: Sendable {
    private let found = Mutex<[Violation]>([])
    private let keepsGoing: Bool
    /// More than these are not kept.
    private static let most = 50

    init(keepsGoing: Bool) { self.keepsGoing = keepsGoing }

    func add(_ violation: Violation) {
        found.withLock { if $0.count < Self.most { $0.append(violation) } }
    }

    var violations: [Violation] { found.withLock { $0 } }

    /// Whether the run is to stop now.
    var isOver: Bool { !keepsGoing && found.withLock { !$0.isEmpty } }
}
