import Chunks
import Content
import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

/// A database, a volume and a node: all that finished uploads and workers need.
struct Workshop: Sendable {
    let node: TestNode
    let volume: TemporaryVolume
    let files: BlockingExecutor

    var database: MigratedDatabase { node.database }

    static func with<R: Sendable>(_ body: (Workshop) async throws -> R) async throws -> R {
        try await TestNode.withVolume { try await body(Workshop(node: $0, volume: $1, files: $2)) }
    }

    func parts(
        _ operations: FileOperations = .live, _ change: (inout FinalizerSettings) -> Void = { _ in }
    ) -> FinalizerParts {
        var settings = FinalizerSettings()
        change(&settings)
        return FinalizerParts(
            node: .ofThisProcess(), pool: node.pool, listener: node.listener, uploads: node.uploads,
            volume: volume.with(operations), identity: TemporaryVolume.identity, files: files, settings: settings,
            logger: node.log.logger)
    }

    func worker(_ operations: FileOperations = .live) -> Worker { Worker(parts(operations)) }

    func sweeper(_ operations: FileOperations = .live, _ change: (inout FinalizerSettings) -> Void = { _ in })
        -> Sweeper
    {
        Sweeper(parts(operations, change))
    }
}

extension Workshop {
    /// A complete upload of these runs of bytes: after each but the last its writer was ousted by force, so each stands
    /// in a file of its own, with a torn end behind its committed bytes.
    func complete(_ runs: [[UInt8]], _ change: (inout NewUpload) -> Void = { _ in }) async throws -> Upload {
        let impatient = UploadStore(
            pool: node.pool, handover: node.handover, leaseSeconds: 0, logger: MigratedDatabase.silence)
        var new = NewUpload.sample(length: runs.reduce(0) { $0 + Int64($1.count) })
        change(&new)
        var claim = try await impatient.createClaimed(new).1
        var offset: Int64 = 0
        for (index, run) in runs.enumerated() {
            let isLast = index == runs.count - 1
            try volume.append(
                isLast ? run : run + [UInt8](repeating: 0xEE, count: 9), to: "\(new.id)", fence: claim.chunk.fence)
            offset += Int64(run.count)
            if isLast { break }
            claim.trustedUntil = .now + .seconds(60)
            _ = try await impatient.checkpoint(claim, offset: offset)
            claim = try await impatient.claim(new.id, in: new.folder, owner: nil, at: offset)
        }
        let name = ItemName(filename: new.filename)
        return try await impatient.complete(
            claim, offset: offset, as: ItemReservation(stem: name.stem, suffix: name.suffix))
    }

    /// Claims all that is due without running it, under a lease that has run out already.
    func claimOnly() async throws -> [Job] {
        try await node.pool.query(ClaimJobs(worker: NodeID(name: "dead:1:0"), limit: 100, leaseSeconds: 0))
            .compactMap { $0?.job }
    }

    /// Lets no job wait for its time.
    func hurry() async throws {
        try await database.script("UPDATE job SET next_at = now() WHERE state IN ('queued', 'retrying')")
    }

    /// The job of an upload: `state|phase|attempt|failures|waiting_for|error_class`, absent ones as `-`.
    func job(_ upload: Upload) async throws -> String? {
        try await database.value(
            """
            SELECT concat_ws('|', state, coalesce(phase, '-'), attempt, failures, coalesce(waiting_for, '-'),
                coalesce(error_class, '-')) FROM job WHERE upload_id = '\(upload.id)'
            """)
    }

    func item(_ id: UUID?) async throws -> ContentItem? {
        guard let id else { return nil }
        return try await ContentStore(pool: node.pool).find(id)
    }

    /// There is exactly one item of this upload, visible, with exactly these bytes; nothing is left to do.
    func expectPublished(
        _ upload: Upload, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let item = try await item(upload.item)
        #expect(item?.state == .published && item?.size == Int64(bytes.count), sourceLocation: sourceLocation)
        #expect(item?.blob?.hex == "\(upload.id)", sourceLocation: sourceLocation)
        // Not compared in the macro: it would print them all.
        let isSame = volume.blob("\(upload.id)") == bytes
        #expect(isSame, "the blob has other bytes, or is not there", sourceLocation: sourceLocation)
        let items = try await database.value("SELECT count(*) FROM item WHERE upload_id = '\(upload.id)'")
        #expect(items == "1", sourceLocation: sourceLocation)
        #expect(try await node.uploads.find(upload.id)?.state == .finalized, sourceLocation: sourceLocation)
        #expect(try await job(upload)?.hasPrefix("done|-|") == true, sourceLocation: sourceLocation)
    }
}

/// Bytes in which a shift, a swap and a repetition are all seen.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8) &+ seed &* 101) }
}
