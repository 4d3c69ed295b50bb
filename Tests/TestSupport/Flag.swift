import Synchronization

/// Down until it is raised, by whichever thread.
package final class Flag: Sendable {
    private let value = Atomic(false)

    package init() {}

    package var isUp: Bool { value.load(ordering: .sequentiallyConsistent) }

    /// False if it was up already.
    @discardableResult
    package func raise() -> Bool { !value.exchange(true, ordering: .sequentiallyConsistent) }
}
