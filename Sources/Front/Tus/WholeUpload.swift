import Chunks
import Content
import Digests
import HummingbirdCore
import Logging
import NIOCore
import Postgres
import UploadProtocol
import Uploads

/// A small upload all of whose bytes come with its creation: they are on the volume before there is a row, and the one
/// statement that makes the row completes it.
///
/// Nobody knows its id before the answer, so nobody else can write to it, and it needs no claim. Whatever goes wrong
/// before the statement leaves no upload.
struct WholeUpload: Sendable {
    /// The most that is kept in memory, bytes.
    static let most: Int64 = 256 << 10
    /// Of the only chunk file.
    private static let fence: Int64 = 1

    private let exchange: Exchange
    private let new: NewUpload
    private let length: Int64

    /// nil for one that is larger, comes in several requests, is a part of another, or is to be checked.
    init?(_ exchange: Exchange, _ new: NewUpload, _ plan: AppendPlan) {
        guard let length = new.length, length > 0, length <= Self.most, plan.expected == length, plan.limit >= length,
            plan.check == nil, plan.whole.all.isEmpty, new.expected.all.isEmpty, new.wanted.isEmpty,
            new.concat == nil
        else { return nil }
        (self.exchange, self.new, self.length) = (exchange, new, length)
    }

    private var node: FrontNode { exchange.node }

    /// Throws 400 for a body that was cut: then there is no upload.
    func receive() async throws -> Finished? {
        let buffers = try await body()
        let upload: Upload
        do {
            try await write(buffers)
            let name = ItemName(filename: new.filename)
            upload = try await node.uploads.createWhole(
                new, length: length, as: ItemReservation(stem: name.stem, suffix: name.suffix))
        } catch {
            // Of a statement that may have taken effect there may be a row, which names the file.
            if (error as? PostgresError)?.mayHaveTakenEffect != true { await remove() }
            throw error
        }
        return try await Finished(try await Finished.wait(for: upload, on: node), exchange)
    }

    private func body() async throws -> [ByteBuffer] {
        var (buffers, received): ([ByteBuffer], Int64) = ([], 0)
        let body = try await exchange.body()
        do {
            for try await buffer in body {
                received += Int64(buffer.readableBytes)
                buffers.append(buffer)
            }
        } catch {
            throw TusError.badRequest("The body ended before its Content-Length")
        }
        guard received == length else { throw TusError.badRequest("The body ended before its Content-Length") }
        exchange.bodyIsFinished()
        return buffers
    }

    private func write(_ buffers: [ByteBuffer]) async throws {
        let (volume, id) = (node.volume, "\(new.id)")
        try await node.files.run {
            let writer = try volume.openChunk(id: id, fence: Self.fence, committed: 0)
            defer { writer.close() }
            try writer.write(buffers)
            try writer.sync()
        }
    }

    /// What fails here is left to the sweeper.
    private func remove() async {
        do {
            try await node.files.run { [volume = node.volume, new] in
                try volume.removeChunk(id: "\(new.id)", fence: Self.fence)
            }
        } catch {
            node.logger.info(
                "the file of a refused upload is left to the sweeper",
                metadata: ["upload": "\(new.id)", "error": "\(error)"])
        }
    }
}
