internal import Glibc
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

    /// Brings a range into the kernel's memory, so that it can be sent from there without a wait for the volume. False
    /// if that is not possible, because of the kernel, the file system, or the file: `read` tells what is wrong, if
    /// anything is.
    package func makeResident(_ range: Range<Int64>) -> Bool {
        guard let file = file.withLock({ $0 }), range.lowerBound >= 0, range.upperBound <= length else { return false }
        return file.holds(range)
    }

    /// Whether the file still has all of its bytes.
    package func isWhole() throws -> Bool {
        guard let file = file.withLock({ $0 }) else { throw ChunkError.invalid("\(path) was closed already") }
        return try file.size() >= length
    }

    /// The file for sendfile(2), under a descriptor of its own; whoever asks closes it.
    package func handle() throws -> NIOFileHandle {
        guard let file = file.withLock({ $0 }) else { throw ChunkError.invalid("\(path) was closed already") }
        let descriptor = fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { throw ChunkError(SystemFailure(errno: errno), action: "duplicate", path: path) }
        return NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
    }

    /// Every later `read` throws; one that is running ends undisturbed.
    package func close() {
        file.withLock { $0 = nil }
    }
}
