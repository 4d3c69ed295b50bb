import Chunks
import Content
import Foundation
import HTTPTypes
import Hummingbird
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
        /// A newer request has the upload: end the connection without an answer.
        case ousted
    }

    private let exchange: Exchange
    private let claim: Claim
    private let plan: AppendPlan
    private let known: Upload?

    init(_ exchange: Exchange, _ claim: Claim, _ plan: AppendPlan, _ known: Upload?) {
        self.exchange = exchange
        self.claim = claim
        self.plan = plan
        self.known = known
    }

    private var node: FrontNode { exchange.node }

    func run() async throws -> Outcome {
        let news = node.finalizations.signals.ticket(for: claim.upload)
        let (reasons, stop) = AsyncStream<ActiveWriters.StopReason>.makeStream()
        let isWelcome = node.handover.writers.add(claim.upload, fence: claim.fence) { stop.yield($0) }
        do {
            guard isWelcome else { throw TusError.unavailable("This node is shutting down") }
            let upload = try await receive(reasons)
            await node.handover.letGo(of: claim)
            return try await outcome(upload, news)
        } catch {
            await node.handover.letGo(of: claim)
            if case UploadError.claimLost = error { return .ousted }
            throw error
        }
    }

    private func outcome(_ upload: Upload?, _ news: Signals<UploadID>.Ticket) async throws -> Outcome {
        guard let upload else { return .ousted }
        guard upload.state != .open else { return .appended(upload) }
        let latest = try await Finished.wait(
            for: upload, news, seconds: node.settings.finalizeWait, node.uploads)
        guard let finished = try await Finished(latest, exchange) else { return .appended(latest) }
        return .completed(finished)
    }

    /// nil: a newer request wants the upload.
    private func receive(_ reasons: AsyncStream<ActiveWriters.StopReason>) async throws -> Upload? {
        let writer: ChunkWriter
        let body: RequestBody
        do {
            writer = try await open()
            body = try await exchange.body()
        } catch {
            _ = try await node.uploads.release(claim, offset: claim.offset)
            throw error
        }
        defer { writer.close() }
        let stream = ChunkStream(node, claim, plan, writer)
        return try await commit(await stream.run(body, until: reasons), stream)
    }

    private func open() async throws -> ChunkWriter {
        let (volume, claim) = (node.volume, claim)
        return try await node.files.run {
            try volume.openChunk(
                id: claim.upload.description, fence: claim.chunk.fence, committed: claim.offset - claim.chunk.start)
        }
    }

    private func commit(_ ending: ChunkStream.Ending, _ stream: ChunkStream) async throws -> Upload? {
        switch ending {
        case .finished:
            exchange.bodyIsFinished()
            return try await finish(stream)
        case .overrun:
            let upload = try await node.uploads.release(claim, offset: stream.checkpointed)
            throw TusError.tooLong(length: upload.length ?? 0, remaining: plan.limit)
        case .cut:
            _ = try await node.uploads.release(claim, offset: stream.sync())
            throw TusError.badRequest("The body ended before its Content-Length")
        case .stopped(.newerRequest):
            _ = try await node.uploads.release(claim, offset: stream.sync())
            return nil
        case .stopped(.shutdown):
            _ = try await node.uploads.release(claim, offset: stream.sync())
            throw TusError.unavailable("This node is shutting down; go on at another", retryAfter: 1)
        case .failed(let error):
            // A full volume may have taken a part; what a failed sync left behind counts for nothing.
            let safe = (try? await stream.sync()) ?? stream.checkpointed
            _ = try await node.uploads.release(claim, offset: safe)
            throw error
        }
    }

    /// The whole body is there: the upload is complete, or waits for the next PATCH.
    private func finish(_ stream: ChunkStream) async throws -> Upload {
        let offset: Int64
        do {
            offset = try await stream.sync()
        } catch {
            _ = try await node.uploads.release(claim, offset: stream.checkpointed)
            throw error
        }
        guard offset == claim.length else { return try await node.uploads.release(claim, offset: offset) }
        guard let upload = try await describedUpload() else { throw UploadError.notFound }
        let name = ItemName(filename: upload.filename)
        return try await node.uploads.complete(
            claim, offset: offset, as: ItemReservation(stem: name.stem, suffix: name.suffix))
    }

    private func describedUpload() async throws -> Upload? {
        if let known { return known }
        return try await node.uploads.find(claim.upload)
    }
}
