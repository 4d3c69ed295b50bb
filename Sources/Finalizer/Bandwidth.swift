import Synchronization

/// A limit on the bytes that one process reads and writes in a second, shared by all that it does.
package final class Bandwidth: Sendable {
    /// nil: no limit.
    let bytesPerSecond: Int64?
    /// When the bytes that were let pass so far are paid for.
    private let paid = Mutex(ContinuousClock.now)

    package init(bytesPerSecond: Int64?) {
        self.bytesPerSecond = bytesPerSecond
    }

    /// The largest step that keeps the limit smooth, bytes: what may pass in a second, but 64 KiB at least.
    package func step(atMost most: Int64) -> Int64 {
        guard let bytesPerSecond else { return most }
        return min(most, max(64 * 1024, bytesPerSecond))
    }

    /// Waits until earlier bytes are paid for, and charges these. Throws `CancellationError` when the attempt ends.
    package func pass(_ bytes: Int64) async throws {
        guard let bytesPerSecond, bytes > 0 else { return }
        let start = paid.withLock { paid in
            let start = max(paid, .now)
            paid = start.advanced(by: .seconds(Double(bytes) / Double(bytesPerSecond)))
            return start
        }
        if start > .now { try await Task.sleep(until: start, clock: .continuous) }
    }
}
