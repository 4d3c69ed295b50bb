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
/// the volume is committed and the claim handed over. Only then does an answer go out.
struct Reception: Sendable {
    enum Outcome: Sendable {
        /// The offset moved; the upload is not complete.
        case appended(Upload)
        case completed(Finished)
        /// The connection ended in the middle of the body; what came of it is committed.
        case cut
        /// A newer request has the upload: end the connection without an answer.
        case ousted
    }

    private let exchange: Exchange
    private let claim: Claim
    private let plan: AppendPlan

    init(_ exchange: Exchange, _ claim: Claim, _ plan: AppendPlan) {
        self.exchange = exchange
        self.claim = claim
        self.plan = plan
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
            await node.handover.letGo(of: claim)
            if case UploadError.claimLost = error { return .ousted }
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
        let stream = ChunkStream(node, known, plan, writer)
        let ending = await stream.run(body, until: reasons)
        // Closed before the row changes: over NFS that makes the bytes visible to the next node.
        let last = await stream.close()
        return try await commit(ending, stream, last)
    }

    /// The claim with the length that this request tells, which is kept before the first byte.
    private func lengthened() async throws -> Claim {
        guard let length = plan.newLength else { return claim }
        return try await node.uploads.setLength(length, of: claim)
    }

    private func open() async throws -> ChunkWriter {
        let (volume, claim) = (node.volume, claim)
        return try await node.files.run {
            try volume.openChunk(
                id: claim.upload.description, fence: claim.chunk.fence, committed: claim.offset - claim.chunk.start)
        }
    }

    /// - Parameter last: the offset up to which bytes are safe, and what kept the others from it.
    private func commit(
        _ ending: ChunkStream.Ending, _ stream: ChunkStream, _ last: (offset: Int64, failure: (any Error)?)
    ) async throws -> Outcome {
        switch ending {
        case .finished:
            exchange.bodyIsFinished()
            if last.failure == nil { return .appended(try await finish(stream.claim, last.offset)) }
        case .overrun:
            _ = try await node.uploads.release(stream.claim, offset: stream.checkpointed)
            guard let length = stream.claim.length else { throw TusError.tooLarge(maximum: plan.offset + plan.limit) }
            throw TusError.tooLong(length: length, remaining: plan.limit)
        case .cut, .stopped, .failed: break
        }
        // All of the upload's bytes may be there although the body did not end: then it is complete.
        _ = try await finish(stream.claim, last.offset)
        switch ending {
        case .failed(let error): throw error
        case .stopped(.newerRequest): return .ousted
        case .stopped(.shutdown):
            throw TusError.unavailable("This node is shutting down; go on at another", retryAfter: 1)
        case .cut, .finished, .overrun:
            if let failure = last.failure { throw failure }
            return .cut
        }
    }

    /// Commits what is there: the upload is complete, or waits for the next PATCH.
    private func finish(_ claim: Claim, _ offset: Int64) async throws -> Upload {
        guard offset == claim.length else { return try await node.uploads.release(claim, offset: offset) }
        let name = ItemName(filename: claim.filename)
        return try await node.uploads.complete(
            claim, offset: offset, as: ItemReservation(stem: name.stem, suffix: name.suffix))
    }
}
