import Chunks
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Postgres
import UploadProtocol
import Uploads

/// A small body that is in memory when its request is looked at, and that is all of its upload: it goes to a chunk file
/// before the row knows of it, and one statement makes it count.
///
/// The file's number is one that no claim has, so no other writer is in the way, and nobody needs a claim. Whatever
/// goes wrong before the statement changes no row.
struct WholeBody: Sendable {
    /// The most that is kept in memory, bytes.
    private static let most: Int64 = 256 << 10

    private let exchange: Exchange
    private let buffers: [ByteBuffer]

    /// nil for one that is larger or still on its way: it is to be streamed.
    init?(_ exchange: Exchange, length: Int64) async throws {
        guard length > 0, length <= Self.most, await exchange.bodyHasCome() else { return nil }
        var (buffers, received): ([ByteBuffer], Int64) = ([], 0)
        for try await buffer in try await exchange.body() {
            received += Int64(buffer.readableBytes)
            buffers.append(buffer)
        }
        guard received == length else { throw TusError.badRequest("The body ended before its Content-Length") }
        exchange.bodyIsFinished()
        (self.exchange, self.buffers) = (exchange, buffers)
    }

    private var node: FrontNode { exchange.node }

    /// Writes the bytes to the chunk file `file` and commits them; nil when the row refused. Then, and after
    /// an error before which nothing can have taken effect, the body may be read again.
    func keep(_ id: UploadID, file: Int64, commit: () async throws -> Upload?) async throws -> Finished? {
        let news = node.finalizations.signals.ticket(for: id)
        let upload: Upload?
        do {
            try await write(id, file)
            upload = try await commit()
        } catch {
            // Of a statement that may have taken effect there may be a row, which names the file.
            if (error as? PostgresError)?.mayHaveTakenEffect != true { await takeBack(id, file) }
            throw error
        }
        guard let upload else {
            await takeBack(id, file)
            return nil
        }
        return try await Finished(try await Finished.wait(for: upload, on: node, since: news), exchange)
    }

    private func write(_ id: UploadID, _ file: Int64) async throws {
        try await node.files.run { [volume = node.volume, buffers] in
            let writer = try volume.openChunk(id: "\(id)", fence: file, committed: 0)
            defer { writer.close() }
            try writer.write(buffers)
            try writer.sync()
        }
    }

    /// What fails here is left to the sweeper.
    private func takeBack(_ id: UploadID, _ file: Int64) async {
        exchange.putBack(buffers)
        do {
            try await node.files.run { [volume = node.volume] in try volume.removeChunk(id: "\(id)", fence: file) }
        } catch {
            node.logger.info(
                "the file of a refused upload is left to the sweeper",
                metadata: ["upload": "\(id)", "error": "\(error)"])
        }
    }
}
