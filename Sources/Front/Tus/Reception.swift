import Chunks
import Content
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import UploadProtocol
import Uploads

/// One body on its way into one claimed upload: streamed to the chunk file, checkpointed, committed.
///
/// However it ends (all bytes, a cut connection, a newer request, the node's shutdown, a full volume), what reached
/// the volume is committed and the claim handed over. Only then does an answer go out. A body that must hash to
/// something is committed as a whole or not at all.
struct Reception: Sendable {
    enum Outcome: Sendable {
        /// The offset moved; the upload is not complete.
        case appended(Upload)
        case completed(Finished)
        /// More bytes came than the upload may have, or than one request may bring; the claim is handed over, and what
        /// came since the last checkpoint counts for nothing.
        case overrun(Upload)
        /// The connection ended in the middle of the body; what came of it is committed.
        case cut
        /// A newer request has the upload: end the connection without an answer.
        case ousted
    }

    private let exchange: Exchange
    private let claim: Claim
    private let plan: AppendPlan
    private let progress: @Sendable (Int64) -> Void

    /// - Parameter progress: hears the offset of each checkpoint while the body is read.
    init(
        _ exchange: Exchange, _ claim: Claim, _ plan: AppendPlan,
        progress: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        self.exchange = exchange
        self.claim = claim
        self.plan = plan
        self.progress = progress
    }

    private var node: FrontNode { exchange.node }

    func run() async throws -> Outcome {
        let (reasons, stop) = AsyncStream<ActiveWriters.StopReason>.makeStream()
        let refusal = node.handover.writers.add(claim.upload, fence: claim.fence) { stop.yield($0) }
        do {
            if let refusal { return try await refused(refusal) }
            let outcome = try await receive(reasons)
            await node.handover.letGo(of: claim)
            guard case .appended(let upload) = outcome, upload.state != .open else { return outcome }
            return try await finished(upload)
        } catch {
            // No row changes if the claim was released already.
            await node.uploads.abandon(claim)
            var isLost = false
            if case UploadError.claimLost = error { isLost = true }
            await node.handover.letGo(of: claim, isLost: isLost)
            if isLost { return .ousted }
            throw error
        }
    }

    private func refused(_ reason: ActiveWriters.StopReason) async throws -> Outcome {
        _ = try await node.uploads.release(claim, offset: claim.offset)
        if reason == .newerRequest { return .ousted }
        throw TusError.unavailable("This node is shutting down; go on at another", retryAfter: 1)
    }

    private func finished(_ upload: Upload) async throws -> Outcome {
        let latest = try await Finished.wait(for: upload, on: node)
        guard let finished = try await Finished(latest, exchange) else { return .appended(latest) }
        return .completed(finished)
    }

    private func receive(_ reasons: AsyncStream<ActiveWriters.StopReason>) async throws -> Outcome {
        let known: Claim
        let writer: ChunkWriter
        let body: RequestBody
        do {
            known = try await lengthened()
            writer = try await open()
            body = try await exchange.body()
        } catch {
            _ = try await node.uploads.release(claim, offset: claim.offset)
            throw error
        }
        let stream = ChunkStream(node, known, plan, writer, progress: progress)
        let ending = await stream.run(body, until: reasons)
        if case .finished = ending { exchange.bodyIsFinished() }
        if let check = plan.check, let objection = await objection(to: ending, of: stream, check) {
            return try await discard(stream, ending, objection)
        }
        // Closed before the row changes: over NFS that makes the bytes visible to the next node.
        let last = await stream.close()
        return try await commit(ending, stream, last)
    }

    /// The claim with the length that this request tells. It is kept before the first byte, unless the body is to be
    /// checked: then not before `finish`.
    private func lengthened() async throws -> Claim {
        guard let length = plan.newLength else { return claim }
        if plan.check == nil { return try await node.uploads.setLength(length, of: claim) }
        var known = claim
        known.length = length
        return known
    }

    private func open() async throws -> ChunkWriter {
        let (volume, claim) = (node.volume, claim)
        return try await node.files.run {
            try volume.openChunk(
                id: claim.upload.description, fence: claim.chunk.fence, committed: claim.offset - claim.chunk.start)
        }
    }

    /// Why nothing of a checked body counts; nil if all of it came and hashes to what it must.
    ///
    /// tus, Checksum: "Once the entire request has been received, the Server MUST verify the uploaded chunk against the
    /// provided checksum using the specified algorithm."
    private func objection(
        to ending: ChunkStream.Ending, of stream: ChunkStream, _ check: ContentCheck
    ) async -> (any Error)? {
        guard case .finished = ending else {
            return TusError.badRequest("The body was cut; a part of it cannot be checked, and does not count")
        }
        do {
            try check.verify(stream.digests, trailers: await exchange.trailers())
            return nil
        } catch {
            return error
        }
    }

    /// "the uploaded chunk MUST be discarded, and the upload and its offset MUST NOT be updated."
    private func discard(
        _ stream: ChunkStream, _ ending: ChunkStream.Ending, _ objection: any Error
    ) async throws -> Outcome {
        try await stream.discard()
        let upload = try await node.uploads.release(stream.claim, offset: claim.offset)
        return try outcome(of: ending, upload, objection)
    }

    /// - Parameter last: the offset up to which bytes are safe, and what kept the others from it.
    private func commit(
        _ ending: ChunkStream.Ending, _ stream: ChunkStream, _ last: (offset: Int64, failure: (any Error)?)
    ) async throws -> Outcome {
        switch ending {
        case .finished:
            if last.failure == nil {
                return .appended(try await finish(stream, last.offset, bodyHasEnded: true))
            }
        case .overrun:
            return .overrun(try await node.uploads.release(stream.claim, offset: stream.checkpointed))
        case .cut, .stopped, .failed: break
        }
        // All of the upload's bytes may be there although the body did not end: then, in tus, it is complete.
        let upload = try await finish(stream, last.offset, bodyHasEnded: false)
        return try outcome(of: ending, upload, last.failure)
    }

    /// What became of a body of which not all was taken in.
    /// - Parameter failure: what else was wrong, with one that came to its end or was cut.
    private func outcome(
        of ending: ChunkStream.Ending, _ upload: Upload, _ failure: (any Error)?
    ) throws -> Outcome {
        switch ending {
        case .finished, .cut:
            if let failure { throw failure }
            return .cut
        case .overrun: return .overrun(upload)
        case .failed(let error): throw error
        case .stopped(.newerRequest): return .ousted
        case .stopped(.shutdown):
            throw TusError.unavailable("This node is shutting down; go on at another", retryAfter: 1)
        }
    }

    /// Commits what is there: the upload is complete, or waits for the next PATCH.
    private func finish(_ stream: ChunkStream, _ offset: Int64, bodyHasEnded: Bool) async throws -> Upload {
        let claim = stream.claim
        guard plan.completes(at: offset, length: claim.length, bodyHasEnded: bodyHasEnded) else {
            if plan.check != nil, let length = plan.newLength {
                _ = try await node.uploads.setLength(length, of: claim)
            }
            return try await node.uploads.release(claim, offset: offset)
        }
        let name = ItemName(filename: claim.filename)
        return try await node.uploads.complete(
            claim, offset: offset, as: ItemReservation(stem: name.stem, suffix: name.suffix), expected: plan.whole,
            known: stream.digestsOfWhole(endingAt: offset))
    }
}
