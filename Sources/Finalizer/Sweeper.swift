import Chunks
import Foundation
import Logging
import Meters
import Postgres
import UploadProtocol
import Uploads
import ServiceLifecycle

/// Cleans up after uploads: expires them, removes files that no row needs, forgets old rows. One worker of all sweeps
/// at a time, elected by an advisory lock; should two ever overlap, every step may be repeated.
///
/// Rows are marked first, files removed next, rows removed last, so a crash in between leaves work, never a row that
/// names bytes which are gone.
package struct Sweeper: Service {
    let parts: FinalizerParts
    /// Rows in one statement.
    static let batch = 500

    package init(_ parts: FinalizerParts) {
        self.parts = parts
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: parts.settings.sweep)
                if Task.isCancelled { return }
                do {
                    if try await runOnce(folders: [dueFolder()]) { Measured.sweeps.add(.done) }
                } catch {
                    if Task.isCancelled { return }
                    Measured.sweeps.add(.failed)
                    parts.logger.warning("a sweep was not finished", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// All 512 folders of the volume are looked through once in a day.
    private func dueFolder() -> Int {
        Int(Date().timeIntervalSince1970 / (86_400 / 512)) % 512
    }

    /// One pass; false if another worker is sweeping.
    /// - Parameter folders: those of the volume's 512 to look for orphans in.
    package func runOnce(folders: [Int]) async throws -> Bool {
        try await parts.pool.withConnection { connection in
            guard try await connection.first(LockSweep()) == true else { return false }
            do {
                try await connection.execute(Lead(worker: parts.node))
                try await tidyHistory()
                try await sweep(folders)
                try await connection.execute(UnlockSweep())
                return true
            } catch {
                // A task that was cancelled can send nothing any more: the lock ends with its connection.
                connection.retire()
                throw error
            }
        }
    }

    private func sweep(_ folders: [Int]) async throws {
        // On a volume that is not this database's own every file would seem to be one too many.
        try await parts.files.run { [volume = parts.volume, identity = parts.identity] in
            _ = try volume.checkIdentity(expected: identity)
        }
        try await repeatedly(.expired, ExpireUploads(limit: Self.batch))
        while try await parts.uploads.settleFinals(limit: Self.batch) == Self.batch {}
        try await sweepUploads()
        try await sweepBlobs()
        try await repeatedly(.pruned, PruneUploads(keepSeconds: parts.settings.keepSeconds, limit: Self.batch))
        for folder in folders { try await removeOrphans(inFolder: folder) }
    }

    /// Until fewer than a batch of rows are changed.
    private func repeatedly(_ kind: Measured.Swept, _ statement: some Statement) async throws {
        var count = 0
        repeat {
            count = try await parts.pool.execute(statement)
            Measured.swept.add(kind, count)
        } while count == Self.batch
    }

    private func tidyHistory() async throws {
        try await parts.pool.execute(FoldTally())
        let settings = parts.settings
        try await parts.pool.execute(
            PruneHistory(
                keepAuditSeconds: settings.keepAuditSeconds, keepSeconds: settings.keepSeconds,
                keepWorkersSeconds: settings.keepWorkersSeconds))
    }

    private func sweepUploads() async throws {
        var last: UploadID?
        repeat {
            let uploads = try await parts.pool.query(UnsweptUploads(after: last, limit: Self.batch))
            let volume = parts.volume
            let swept = await removing(uploads, named: { "\($0.id)" }) { upload in
                try volume.removeUploadFiles(id: "\(upload.id)", fences: upload.fences)
            }
            try await parts.pool.execute(MarkSwept(ids: swept))
            Measured.swept.add(.uploads, swept.count)
            last = uploads.count == Self.batch ? uploads.last?.id : nil
        } while last != nil
    }

    private func sweepBlobs() async throws {
        var last: UploadID?
        repeat {
            let blobs = try await parts.pool.query(
                DeletedBlobs(after: last, graceSeconds: parts.settings.blobGraceSeconds, limit: Self.batch))
            let volume = parts.volume
            let removed = await removing(blobs, named: { "\($0)" }) { try volume.removeBlob(id: "\($0)") }
            try await parts.pool.execute(ForgetBlobs(ids: removed))
            Measured.swept.add(.blobs, removed.count)
            last = blobs.count == Self.batch ? blobs.last : nil
        } while last != nil
    }

    /// Removes the files of each; one that cannot be removed keeps none of the others. Gives the names of those that
    /// are gone.
    func removing<Thing: Sendable>(
        _ things: [Thing], named name: @Sendable (Thing) -> String, _ remove: @Sendable (Thing) throws -> Void
    ) async -> [String] {
        var removed: [String] = []
        for thing in things {
            do {
                try await parts.files.run { try remove(thing) }
                removed.append(name(thing))
            } catch {
                parts.logger.warning(
                    "files could not be removed", metadata: ["id": "\(name(thing))", "error": "\(error)"])
            }
        }
        if !removed.isEmpty { parts.logger.debug("removed files", metadata: ["count": "\(removed.count)"]) }
        return removed
    }
}
