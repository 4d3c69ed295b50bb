/// Waits until a condition holds that no signal tells of, such as a row in `pg_stat_activity`.
///
/// Throws `NeverHappened` after `limit`, which is only there to end a broken test: it is no part of any claim.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

package struct NeverHappened: Error, CustomStringConvertible {
    package var what: String

    package init(what: String) { self.what = what }

    package var description: String { "never happened: \(what)" }
}
