import Chunks
import NIOCore
import NIOHTTP1

/// Sends long runs of a file from the page cache to the connection without copying them: sendfile(2).
///
/// Only over plain HTTP/1, since TLS and HTTP/2 touch every byte. The event loop sends, and must never wait for the
/// volume. So a window of the file is brought into memory on a thread for file calls before the loop gets it, the next
/// one while that is sent; and a client that takes long for a window, in which the kernel could drop it again, gets the
/// rest by copies.
struct FileSender: Sendable {
    /// Bytes of a window; two at most are on their way. Each takes a walk through several threads, so a fast client
    /// gets larger ones: of what it takes in about half a second.
    static let windows: ClosedRange<Int64> = 8 << 20...64 << 20
    /// Bytes of one sendfile(2). After 16 of them at most NIO looks after the loop's other connections.
    static let piece: Int64 = 1 << 20
    /// Shorter runs, bytes, are not worth it.
    static let least: Int64 = 1 << 20
    /// How long a client may take for one.
    static let patience: Duration = .seconds(2)

    let channel: any Channel
    let files: BlockingExecutor

    /// Returns up to where the bytes of `range` went out; whatever is behind that is to be sent in another way.
    ///
    /// What was written to the connection before goes out before. Throws when the connection ends.
    func send(_ range: Range<Int64>, of reader: BlobReader) async throws -> Int64 {
        guard range.count >= Self.least, let handle = try? await files.run({ try reader.handle() }) else {
            return range.lowerBound
        }
        let result = await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await watch(reader) }
                defer { group.cancelAll() }
                return await sendWindows(of: range, reader, handle)
            }
        } onCancel: {
            channel.close(promise: nil)
        }
        // Nothing is on its way now.
        try handle.close()
        return try result.get()
    }

    private func sendWindows(
        of range: Range<Int64>, _ reader: BlobReader, _ handle: NIOFileHandle
    ) async -> Result<Int64, any Error> {
        var sent = range.lowerBound
        var before = channel.eventLoop.makeSucceededVoidFuture()
        var (size, isFast) = (Self.windows.lowerBound, true)
        while isFast, sent < range.upperBound {
            let window = sent..<min(sent + size, range.upperBound)
            let begin = ContinuousClock.now
            guard (try? await files.run { reader.makeResident(window) }) == true else { break }
            let ready = ContinuousClock.now
            let sending = handOver(window, handle)
            let outcome = await before.asResult()
            // The first, with nothing before it, tells nothing.
            if sent > range.lowerBound { size = Self.next(size, after: begin.duration(to: .now)) }
            (before, sent) = (sending, window.upperBound)
            if case .failure = outcome { break }
            isFast = ready.duration(to: .now) < Self.patience
        }
        return await before.asResult().map { sent }
    }

    /// - Parameter duration: what the client took for a window, or the volume for the one behind it.
    private static func next(_ size: Int64, after duration: Duration) -> Int64 {
        if duration < patience / 8 { return min(2 * size, windows.upperBound) }
        return duration > patience / 4 ? max(size / 2, windows.lowerBound) : size
    }

    /// Ends the connection when the file has lost bytes: of such, sendfile(2) sends none and names no error, and NIO
    /// would try again and again.
    private func watch(_ reader: BlobReader) async {
        while (try? await Task.sleep(for: Self.patience)) != nil {
            let isWhole = try? await files.run { try reader.isWhole() }
            if isWhole != true { return channel.close(promise: nil) }
        }
    }

    private func handOver(_ window: Range<Int64>, _ handle: NIOFileHandle) -> EventLoopFuture<Void> {
        let pieces = stride(from: window.lowerBound, to: window.upperBound, by: Int(Self.piece)).map { start in
            let end = min(start + Self.piece, window.upperBound)
            return FileRegion(fileHandle: handle, readerIndex: Int(start), endIndex: Int(end))
        }
        return channel.triggerUserOutboundEvent(FileRegions.Send(pieces: pieces))
    }
}

extension EventLoopFuture where Value == Void {
    /// What became of it; a cancelled task waits all the same.
    fileprivate func asResult() async -> Result<Void, any Error> {
        await withCheckedContinuation { continuation in
            whenComplete { continuation.resume(returning: $0) }
        }
    }
}

/// Puts runs of a file into a response, below the version-independent types, which have no such thing.
final class FileRegions: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A part of the body of the response that is being written, in at least one piece.
    struct Send: Sendable {
        let pieces: [FileRegion]
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let send = event as? Send else { return context.triggerUserOutboundEvent(event, promise: promise) }
        for (index, piece) in send.pieces.enumerated() {
            let isLast = index == send.pieces.count - 1
            context.write(wrapOutboundOut(.body(.fileRegion(piece))), promise: isLast ? promise : nil)
        }
        context.flush()
    }
}
