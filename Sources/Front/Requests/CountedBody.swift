import HummingbirdCore
import NIOCore

/// A request's body whose bytes are counted as they are read.
struct CountedBody: AsyncSequence, Sendable {
    let body: RequestBody
    let record: RequestRecord

    struct Iterator: AsyncIteratorProtocol {
        var inner: RequestBody.AsyncIterator
        let record: RequestRecord

        mutating func next() async throws -> ByteBuffer? {
            let buffer = try await inner.next()
            if let buffer { record.received(buffer.readableBytes) }
            return buffer
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(inner: body.makeAsyncIterator(), record: record)
    }
}
