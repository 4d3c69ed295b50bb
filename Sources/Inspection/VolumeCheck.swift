package import Chunks
package import Finalizer
import Foundation
package import Postgres
import Synchronization
import UploadProtocol
import Uploads

/// Holds the volume against the database, and the database against the volume, while both are in use.
///
/// **No false finding.** Bytes come first and rows last, and files go after their rows were marked (DESIGN.md, 2). So
/// whatever looks wrong is looked at again: only if the row says the same before and after the look was it wrong at
/// that time. A file without a row is judged by rows that are read after the file was seen.
///
/// **Bounded memory.** Rows come by their key, files by folder, some hundred at a time; nothing is kept of them.
///
/// **It may be broken off at any time.** After each batch the state is told, and a new check goes on from there. What
/// was found in the batch that was cut off is told twice.
package final class VolumeCheck: Sendable {
    package struct Settings: Sendable {
        /// Read all bytes, and hold them against the checksums that are known.
        package var readsBytes = true
        /// Remove orphans, and nothing else.
        package var repairs = false
        /// A file without a row is an orphan at this age, seconds.
        package var orphanSeconds: Int64 = 24 * 3600
        /// Files that are looked at at the same time.
        package var threads = 4
        package var bandwidth = Bandwidth(bytesPerSecond: nil)

        package init() {}
    }

    /// The volume is not to be trusted any more: it was unmounted, or another one was mounted.
    package struct VolumeLost: Error, CustomStringConvertible {
        package let reason: String
        package var description: String { reason }
    }

    let pool: PostgresPool
    let volume: ChunkVolume
    let files: BlockingExecutor
    let settings: Settings
    let found: @Sendable (Finding) -> Void
    let reached: @Sendable (CheckState) async throws -> Void
    let counts: Mutex<CheckState.Counts>

    /// - Parameters:
    ///   - found: is told each finding, one at a time.
    ///   - reached: is told the state often; what it throws ends the check.
    package init(
        pool: PostgresPool, volume: ChunkVolume, files: BlockingExecutor, settings: Settings,
        found: @escaping @Sendable (Finding) -> Void,
        reached: @escaping @Sendable (CheckState) async throws -> Void
    ) {
        (self.pool, self.volume, self.files, self.settings) = (pool, volume, files, settings)
        (self.found, self.reached) = (found, reached)
        counts = Mutex(CheckState.Counts())
    }

    /// What was seen up to this moment, also within a batch.
    package var seen: CheckState.Counts { counts.withLock { $0 } }

    /// Goes on from `state` to the end, and gives the last state.
    package func run(from state: CheckState) async throws -> CheckState {
        let begin = ContinuousClock.now
        let before = state.seconds
        var state = state
        counts.withLock { $0 = state.counts }
        while state.phase != .done {
            try Task.checkCancellation()
            switch state.phase {
            case .uploads: try await checkUploads(&state)
            case .blobs: try await checkBlobs(&state)
            case .files: try await checkFolder(&state)
            case .done: break
            }
            state.counts = counts.withLock { $0 }
            state.seconds = before + (ContinuousClock.now - begin) / .seconds(1)
            try await reached(state)
        }
        return state
    }

    /// Tells a finding, once it is certain that it is not the whole volume that is away.
    func report(_ finding: Finding, identity: String) async throws {
        do {
            try await files.run { [volume] in _ = try volume.checkIdentity(expected: identity) }
        } catch {
            throw VolumeLost(reason: "\(error)")
        }
        counts.withLock { counts in
            counts.findings[finding.kind.rawValue, default: 0] += 1
            if finding.isRepaired { counts.repaired += 1 }
            found(finding)
        }
    }

    /// Runs `body` for each element, `settings.threads` at the same time; the first error ends all.
    func each<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = elements.makeIterator()
            for _ in 0..<max(1, settings.threads) {
                guard let element = rest.next() else { break }
                group.addTask { try await body(element) }
            }
            while try await group.next() != nil {
                guard let element = rest.next() else { continue }
                group.addTask { try await body(element) }
            }
        }
    }

    /// Rows or files in one batch.
    static let batch = 500

    /// Before every id that there is.
    static let first = UploadID(String(repeating: "0", count: 32))
}
