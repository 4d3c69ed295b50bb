import Chunks
import Content
import Digests
import Logging
import Meters
import Postgres
import UploadProtocol
import Uploads

/// Jobs whose bytes stand in one chunk file each, which has only to be renamed: all of a run go through each step
/// together, and become visible by one statement.
///
/// What does not go smoothly (a file is missing, the claim is lost, the database is away) is left to `Finalization`,
/// which may repeat every step.
struct Renames: Sendable {
    private let parts: FinalizerParts

    init(_ parts: FinalizerParts) {
        self.parts = parts
    }

    /// Whether nothing but a rename stands between the upload and its item.
    static func suits(_ upload: Upload) -> Bool {
        upload.state == .complete && upload.length == upload.offset && !upload.isFinal && upload.offset > 0
            && upload.chunks.isOneFile
            && upload.expected.all.isEmpty && upload.wanted.isEmpty
    }

    /// The same of an upload's row, whose job is queued.
    static let condition = """
        upload.state = 'complete' AND length > 0 AND concat IS NULL AND clean AND cardinality(chunk_fences) = 1
        AND expected_sha256 IS NULL AND expected_sha512 IS NULL AND wanted_digests = '{}'
        """

    /// One on its way.
    private struct Renamed: Sendable {
        let claimed: ClaimedJob
        var size: ImageSize?
    }

    /// Gives those that are not visible after this.
    func publish(_ jobs: [ClaimedJob]) async -> [ClaimedJob] {
        guard !jobs.isEmpty else { return [] }
        // A rename finds out whether the file is there, and as long as it must be.
        var clock = PhaseClock(.verify)
        do {
            clock.enter(.assemble)
            var renamed = try await parts.files.run { [volume = parts.volume] in jobs.compactMap { rename($0, volume) }
            }
            clock.enter(.sync)
            if parts.volume.durability == .fsync { renamed = await synced(renamed) }
            clock.enter(.publish)
            return missing(of: jobs, await publish(renamed, clock))
        } catch {
            return jobs
        }
    }

    private func rename(_ claimed: ClaimedJob, _ volume: ChunkVolume) -> Renamed? {
        let (id, upload) = ("\(claimed.upload.id)", claimed.upload)
        guard let fence = upload.chunks.whole else { return nil }
        do {
            try volume.promote(id: id, piece: ChunkPiece(fence: fence, length: upload.offset))
            guard upload.kind == ItemKind.image.rawValue else { return Renamed(claimed: claimed) }
            return Renamed(claimed: claimed, size: try ImageSize.ofBlob(id, length: upload.offset, on: volume))
        } catch {
            return nil
        }
    }

    /// Those that are on disk after this. All at once, since a file system writes its journal once for syncs that come
    /// together.
    private func synced(_ renamed: [Renamed]) async -> [Renamed] {
        await withTaskGroup(of: Renamed?.self) { group in
            for one in renamed { group.addTask { await isSynced(one.claimed) ? one : nil } }
            return await group.reduce(into: []) { if let one = $1 { $0.append(one) } }
        }
    }

    private func isSynced(_ claimed: ClaimedJob) async -> Bool {
        do {
            try await parts.files.run { [volume = parts.volume] in
                try volume.syncBlob(id: "\(claimed.upload.id)")
            }
            return true
        } catch {
            return false
        }
    }

    /// Gives the ids of the jobs that are done.
    private func publish(_ renamed: [Renamed], _ clock: PhaseClock) async -> Set<Int64> {
        let statements = renamed.map { one in
            PublishJob(
                job: one.claimed.job, item: one.claimed.upload.item, width: one.size?.width, height: one.size?.height,
                nothingLeft: true, phases: clock.record())
        }
        guard !statements.isEmpty else { return [] }
        var done: Set<Int64> = []
        for (one, result) in zip(renamed, await parts.pool.results(of: statements)) {
            guard case .success(let visible?) = result else { continue }
            done.insert(one.claimed.job.id)
            tell(one.claimed.job, clock, visible)
        }
        return done
    }

    private func missing(of jobs: [ClaimedJob], _ done: Set<Int64>) -> [ClaimedJob] {
        jobs.filter { !done.contains($0.job.id) }
    }

    private func tell(_ job: Job, _ clock: PhaseClock, _ visible: Duration) {
        let attempt = Finalization(job, parts)
        for (phase, duration) in clock.durations() { attempt.tell(phase, duration, nil) }
        Measured.visible.record(visible)
        Measured.attempts.add(.done)
        parts.logger.info("job done", metadata: job.metadata)
    }
}
