import NIOCore
import Testing
import UploadProtocol
import Uploads

@testable import Front

@Suite struct ReadSizesTests {
    /// Reads that always fill what they were given.
    private func grown(_ sizes: inout ReadSizes) -> Int {
        for _ in 0..<20 {
            let size = sizes.buffer(allocator: ByteBufferAllocator()).capacity
            _ = sizes.record(actualReadBytes: size)
        }
        return sizes.buffer(allocator: ByteBufferAllocator()).capacity
    }

    private func add(_ count: Int, to writers: ActiveWriters) {
        for _ in 0..<count { _ = writers.add(.random(), fence: 1) { _ in } }
    }

    @Test func anIdleConnectionKeepsLittle() {
        #expect(ReadSizes(ActiveWriters()).nextBufferSize() == 2048)
    }

    @Test func oneThatWritesAloneReadsAMebibyteAtATime() {
        var sizes = ReadSizes(ActiveWriters())
        #expect(grown(&sizes) == 1 << 20)
    }

    @Test(arguments: [(1, 1 << 20), (8, 1 << 20), (9, 512 << 10), (16, 512 << 10), (64, 128 << 10), (1000, 64 << 10)])
    func theMoreWriteTheLessEachReads(count: Int, size: Int) {
        #expect(ReadSizes.limit(forWriters: count) == size)
        let writers = ActiveWriters()
        add(count, to: writers)
        var sizes = ReadSizes(writers)
        #expect(grown(&sizes) == size)
    }

    @Test func whoHasGrownShrinksWhenOthersCome() {
        let writers = ActiveWriters()
        var sizes = ReadSizes(writers)
        #expect(grown(&sizes) == 1 << 20)
        add(64, to: writers)
        _ = sizes.record(actualReadBytes: 1 << 20)
        #expect(sizes.buffer(allocator: ByteBufferAllocator()).capacity == 128 << 10)
    }

    /// NIO keeps the buffer whose size it is told, and never a smaller one after that.
    @Test func aLargeBufferIsNotKept() {
        var sizes = ReadSizes(ActiveWriters())
        _ = grown(&sizes)
        #expect(sizes.nextBufferSize() == nil)
    }

    @Test func littleReadsMakeItSmallAgain() {
        var sizes = ReadSizes(ActiveWriters())
        _ = grown(&sizes)
        for _ in 0..<40 { _ = sizes.record(actualReadBytes: 100) }
        #expect(sizes.nextBufferSize() == 1024)
    }
}
