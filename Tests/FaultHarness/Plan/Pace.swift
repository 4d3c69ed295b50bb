/// Time as part of the plan: when a fault comes, how long it lasts, how long a client hesitates. Nothing here waits for
/// something to happen (that is `eventually`), so this is the only file of the harness that sleeps.
package enum Pace {
    /// Returns early when the task is cancelled.
    package static func pause(_ time: Duration) async {
        try? await Task.sleep(for: time)
    }

    /// Returns early when the task is cancelled.
    package static func pause(_ milliseconds: Int) async {
        await pause(.milliseconds(milliseconds))
    }

    /// Throws `CancellationError`.
    package static func pause(until moment: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: moment)
    }
}
