import Chunks
import Content
import Hummingbird
import NIOCore

/// What a download sends: the whole file, one range of it, or several as `multipart/byteranges` (RFC 9110 §14.6).
struct BodyParts: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case bytes(Range<Int64>)
    }

    let contentType: String
    /// Of a single range.
    let contentRange: String?
    let isPartial: Bool
    private let pieces: [Piece]
    /// Bytes read at a time.
    private static let readSize = 256 * 1024

    init(_ ranges: ByteRanges, of item: PublishedFile) {
        switch ranges {
        case .whole, .unsatisfiable:
            (contentType, contentRange, isPartial) = (item.contentType, nil, false)
            pieces = [.bytes(0..<item.size)]
        case .one(let range):
            (contentType, contentRange) = (item.contentType, Self.contentRange(range, item.size))
            isPartial = true
            pieces = [.bytes(range)]
        case .many(let ranges):
            let boundary = "tussock" + String(UInt64.random(in: .min ... .max), radix: 36)
            (contentType, contentRange) = ("multipart/byteranges; boundary=\(boundary)", nil)
            isPartial = true
            pieces =
                ranges.flatMap { [.text(Self.head(boundary, $0, item)), .bytes($0)] } + [
                    .text("\r\n--\(boundary)--\r\n")
                ]
        }
    }

    private static func head(_ boundary: String, _ range: Range<Int64>, _ item: PublishedFile) -> String {
        "\r\n--\(boundary)\r\nContent-Type: \(item.contentType)\r\n"
            + "Content-Range: \(contentRange(range, item.size))\r\n\r\n"
    }

    private static func contentRange(_ range: Range<Int64>, _ size: Int64) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }

    private var length: Int64 {
        pieces.reduce(0) { sum, piece in
            switch piece {
            case .text(let text): sum + Int64(text.utf8.count)
            case .bytes(let range): sum + Int64(range.count)
            }
        }
    }

    /// Of long runs all that `sender` takes goes out without a copy. The rest is read on `files`, one buffer ahead:
    /// while the connection takes one, the next is read. Two are the most that is held in memory.
    /// - Parameter sender: nil: this connection has none.
    func body(_ reader: BlobReader, _ files: BlockingExecutor, _ sender: FileSender?) -> ResponseBody {
        ResponseBody(contentLength: Int(length)) { writer in
            defer { reader.close() }
            for piece in pieces {
                switch piece {
                case .text(let text): try await writer.write(ByteBuffer(string: text))
                case .bytes(let range):
                    let sent = try await sender?.send(range, of: reader) ?? range.lowerBound
                    try await Self.send(sent..<range.upperBound, of: reader, files, to: &writer)
                }
            }
            try await writer.finish(nil)
        }
    }

    private static func send(
        _ range: Range<Int64>, of reader: BlobReader, _ files: BlockingExecutor, to writer: inout any ResponseBodyWriter
    ) async throws {
        @Sendable func read(from start: Int64) async throws -> ByteBuffer {
            let count = Int(min(Int64(readSize), range.upperBound - start))
            return try await files.run { try reader.read(at: start, count: count) }
        }
        guard !range.isEmpty else { return }
        var buffer = try await read(from: range.lowerBound)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: readSize).dropFirst() {
            async let next = read(from: start)
            try await writer.write(buffer)
            buffer = try await next
        }
        try await writer.write(buffer)
    }
}
