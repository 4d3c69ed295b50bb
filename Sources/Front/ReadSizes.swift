import NIOCore
import Uploads

/// How many bytes one read of a connection may bring: more while more come, up to `largest` as long as few uploads are
/// being written, and less the more there are, so that what waits in memory is bounded for all of them together.
///
/// The size is the largest lever on throughput: what is read is handed from thread to thread, and 1 MiB at a time costs
/// half of what 256 KiB cost.
struct ReadSizes: RecvByteBufferAllocator {
    private static let smallest = 1 << 10
    /// Of an idle connection, which keeps it: what the head of a request fits in.
    private static let first = 2 << 10
    static let largest = 1 << 20
    /// What every connection may read, however many there are.
    static let base = 64 << 10
    /// What all who write may read together, if that leaves each more than `base`.
    static let together = 8 << 20

    private var size = first
    private var wasSmall = false
    private let writers: ActiveWriters

    init(_ writers: ActiveWriters) {
        self.writers = writers
    }

    /// A power of two, since buffers are.
    static func limit(forWriters count: Int) -> Int {
        var limit = largest
        while limit > base, limit * count > together { limit /= 2 }
        return limit
    }

    /// nil for a large one: of those NIO keeps none for the next read, which on an idle connection may never come.
    func nextBufferSize() -> Int? { size > Self.base ? nil : size }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: size) }

    /// Grows at once, shrinks at the second read that brings less than half. Gives whether the next may bring more.
    mutating func record(actualReadBytes count: Int) -> Bool {
        let before = size
        if count >= size {
            size *= 32
        } else if count <= size / 2, wasSmall {
            size = max(Self.smallest, size / 2)
        }
        wasSmall = count <= before / 2 && !wasSmall
        // From 2 KiB to 64, so that a small body on a new connection comes in two reads, and then to all it may.
        if size > Self.base { size = min(size, Self.limit(forWriters: writers.count)) }
        // Of a large one always: else NIO would read into the small one that it keeps.
        return size > before || size > Self.base
    }
}
