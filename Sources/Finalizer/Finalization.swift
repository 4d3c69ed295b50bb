import Chunks
import Content
import Logging
import Meters
import NIOCore
import Postgres
import Synchronization
import UploadProtocol
import Uploads

/// One attempt at one job: `verify`, `assemble`, `sync`, `publish`.
///
/// Every step may be repeated after a crash at any point, by this worker or another: a rename that was done counts as
/// done, a copy goes on behind what was synced, and only `publish`, one guarded statement, makes anything visible.
final class Finalization: Sendable {
    struct Progress: Sendable {
        var clock = PhaseClock(.verify)
        var bytesDone: Int64

        var phase: Phase { clock.phase }
    }

    let job: Job
    let parts: FinalizerParts
    private let state: Mutex<Progress>

    init(_ job: Job, _ parts: FinalizerParts) {
        self.job = job
        self.parts = parts
        state = Mutex(Progress(bytesDone: job.bytesDone))
    }

    var progress: Progress { state.withLock { $0 } }

    func report(bytesDone: Int64) { state.withLock { $0.bytesDone = bytesDone } }

    func enter(_ phase: Phase) { state.withLock { $0.clock.enter(phase) } }

    var logger: Logger { parts.logger }

    var blob: String { job.upload.description }

    /// Throws a `JobFailure`, or an error that `JobFailure.init` sorts.
    func run() async throws {
        let upload = try await readyUpload()
        let pieces = try await pieces(of: upload)
        let isRenamed = upload.chunks.isOneFile
        if try await step(.verify, { try await isToBeAssembled(upload, pieces) }) {
            try await step(.assemble) {
                _ = try await withPieces(of: upload) { try await assemble(upload, pieces) }
            }
        }
        try await step(.sync) {
            try await parts.files.run { [volume = parts.volume, blob] in try volume.syncBlob(id: blob) }
        }
        try await step(.publish) { try await publish(upload, nothingLeft: isRenamed) }
        if !isRenamed { await removeChunks(upload) }
    }

    /// An earlier attempt may have come as far as the finished file.
    private func isAssembled(_ upload: Upload) async throws -> Bool {
        try await parts.files.run { [volume = parts.volume, blob] in
            do {
                try volume.openBlob(id: blob, length: upload.offset).close()
                return true
            } catch let error as ChunkError where error.code == .missing {
                return false
            }
        }
    }

    /// False when the finished file stands already; else its pieces are there. Throws if they are not.
    private func isToBeAssembled(_ upload: Upload, _ pieces: [ChunkPiece]) async throws -> Bool {
        if try await isAssembled(upload) { return false }
        return try await withPieces(of: upload) {
            try await parts.files.run { [volume = parts.volume, blob] in try volume.verify(id: blob, pieces: pieces) }
            if upload.isFinal { try await checkDigestsOfParts(of: upload) }
            try await checkDigests(of: upload, pieces)
        }
    }

    /// Runs what needs the pieces. False when one is missing because a late rename of an ousted attempt was just
    /// ahead: then the finished file stands.
    private func withPieces(of upload: Upload, _ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return true
        } catch let error as ChunkError where error.code == .missing {
            guard try await isAssembled(upload) else { throw error }
            return false
        }
    }

    private func assemble(_ upload: Upload, _ pieces: [ChunkPiece]) async throws {
        if let whole = upload.chunks.whole {
            let piece = ChunkPiece(fence: whole, length: upload.offset)
            try await parts.files.run { [volume = parts.volume, blob] in try volume.promote(id: blob, piece: piece) }
        } else {
            try await copy(pieces)
        }
        state.withLock { $0.bytesDone = upload.offset }
    }

    /// Joins the committed prefixes, step by step; after each step the database knows how far it is.
    private func copy(_ pieces: [ChunkPiece]) async throws {
        let (volume, blob, attempt, total) = (parts.volume, blob, job.attempt, pieces.totalLength)
        var done = try await parts.files.run { [job] in try Self.start(of: job, on: volume) }
        let step = parts.bandwidth.step(atMost: ChunkVolume.stepLength)
        report(bytesDone: done)
        repeat {
            try Task.checkCancellation()
            try await heartbeat()
            try await parts.bandwidth.pass(min(step, total - done))
            let from = done
            done = try await parts.files.run {
                try volume.copyStep(
                    id: blob, attempt: attempt, pieces: pieces, from: from, atMost: step)
            }
            state.withLock { $0.bytesDone = done }
        } while done < total
        try await parts.files.run { try volume.publishPart(id: blob, attempt: attempt, length: total) }
    }

    /// Where to begin: behind what a predecessor has copied and synced, if its part is still there.
    private static func start(of job: Job, on volume: ChunkVolume) throws -> Int64 {
        let blob = job.upload.description
        for older in stride(from: job.attempt - 1, to: max(0, job.attempt - 20), by: -1) where job.bytesDone > 0 {
            if try volume.adoptPart(id: blob, from: older, to: job.attempt) {
                return try volume.resumePoint(id: blob, attempt: job.attempt, bytesDone: job.bytesDone)
            }
        }
        return 0
    }

    /// Says that this attempt lives and how far it is. Throws `.lost` when the job is another worker's now.
    func heartbeat() async throws {
        let progress = progress
        let beat = JobHeartbeat(
            job: job, phase: progress.phase, bytesDone: progress.bytesDone, leaseSeconds: parts.settings.leaseSeconds)
        if try await parts.pool.execute(beat) == 0 { throw JobFailure.lost }
    }

    private func publish(_ upload: Upload, nothingLeft: Bool) async throws {
        let size = upload.kind == ItemKind.image.rawValue ? try await imageSize(length: upload.offset) : nil
        let statement = PublishJob(
            job: job, item: upload.item, width: size?.width, height: size?.height, nothingLeft: nothingLeft,
            phases: progress.clock.record())
        do {
            if let visible = try await parts.pool.first(statement) { return Measured.visible.record(visible) }
        } catch let error as PostgresError where error.mayHaveTakenEffect {
            if try await parts.uploads.find(job.upload)?.state == .finalized { return }
            throw error
        }
        guard try await parts.pool.first(JobIsMine(job: job)) != nil else { throw JobFailure.lost }
        throw JobFailure.obsolete(message: "the item was deleted before it was published")
    }

    private func imageSize(length: Int64) async throws -> ImageSize? {
        try await parts.files.run { [volume = parts.volume, blob] in
            try ImageSize.ofBlob(blob, length: length, on: volume)
        }
    }

    /// The item stands; what fails here is left to the sweeper.
    private func removeChunks(_ upload: Upload) async {
        do {
            try await parts.files.run { [volume = parts.volume, blob] in
                try volume.removeUploadFiles(id: blob, fences: upload.chunks.fences)
            }
            try await parts.pool.execute(MarkSwept(ids: [blob]))
        } catch {
            parts.logger.info("chunk files are left to the sweeper", metadata: ["error": "\(error)"])
        }
    }
}

extension ImageSize {
    /// As the header of a finished file tells; nil if it does not.
    static func ofBlob(_ id: String, length: Int64, on volume: ChunkVolume) throws -> ImageSize? {
        let reader = try volume.openBlob(id: id, length: length)
        defer { reader.close() }
        return try ImageSize.detect(length: length) { offset, count in
            Array(try reader.read(at: offset, count: count).readableBytesView)
        }
    }
}
