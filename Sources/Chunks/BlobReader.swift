package import NIOCore
internal import Synchronization

/// One open finished file; blocking reads, from any number of threads at once.
///
/// It goes on reading what it opened when the blob is removed or replaced meanwhile, except over NFS, where another
/// node's removal ends in `.inputOutput` (ESTALE).
package final class BlobReader: Sendable {
    /// The file's bytes, as the row says.
    package let length: Int64
    private let file: Mutex<OpenFile?>
    private let path: String

    init(file: OpenFile, length: Int64) {
        self.length = length
        self.path = file.path
        self.file = Mutex(file)
    }

    /// The bytes from `offset` on: `count` of them, fewer only at `length`, none behind it.
    ///
    /// `.tooShort` if the file ends before `length`: such an answer must be broken off, not ended.
    package func read(
        at offset: Int64, count: Int, into allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) throws -> ByteBuffer {
        guard let file = file.withLock({ $0 }), offset >= 0, count >= 0 else {
            throw ChunkError.invalid("\(path) cannot be read at \(offset) for \(count) bytes, or was closed already")
        }
        let wanted = Int(min(Int64(count), max(length - offset, 0)))
        var buffer = allocator.buffer(capacity: wanted)
        let got = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space.prefix(wanted)), at: offset)
        }
        guard got == wanted else { throw ChunkError.tooShort(path, size: offset + Int64(got), expected: length) }
        return buffer
    }

    /// Shows `body` the bytes from `offset` on, at most `count` of them, a part at a time; gives the number of bytes
    /// behind the last one shown. `.tooShort` as with `read`.
    package func show(from offset: Int64, atMost count: Int64, _ body: (UnsafeRawBufferPointer) -> Void) throws -> Int64
    {
        guard let file = file.withLock({ $0 }), (0...length).contains(offset), count >= 0 else {
            throw ChunkError.invalid("\(path) cannot be read at \(offset) for \(count) bytes, or was closed already")
        }
        let wanted = min(count, length - offset)
        let part = Int(min(max(wanted, 1), Self.partLength))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: part, alignment: 4096)
        defer { buffer.deallocate() }
        try file.show(offset, count: wanted, by: buffer, body)
        return offset + wanted
    }

    /// The most that `show` holds in memory, bytes.
    private static let partLength: Int64 = 1 << 20

    /// Every later `read` throws; one that is running ends undisturbed.
    package func close() {
        file.withLock { $0 = nil }
    }
}
