import Chunks
import Glibc
import NIOCore
import Testing

/// Bytes that are thrown away, and bytes that are read again to be checked.
@Suite struct DiscardTests {
    let test: TestVolume
    let id = randomID()

    init() throws {
        test = try TestVolume()
    }

    @Test func whatIsDiscardedIsGoneAndTheNextWriterGoesOnBehindWhatCounts() throws {
        try test.chunk(id, fence: 1, Array("abc".utf8))
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 3)
        try writer.write([ByteBuffer(string: "wrong")])
        try writer.sync()
        try writer.discard(to: 3)
        #expect(test.chunkBytes(id, fence: 1) == Array("abc".utf8))
        #expect(code { try writer.write([ByteBuffer(string: "x")]) } == .inputOutput, "it is closed")
        let next = try test.volume.openChunk(id: id, fence: 1, committed: 3)
        try next.write([ByteBuffer(string: "def")])
        #expect(test.chunkBytes(id, fence: 1) == Array("abcdef".utf8))
    }

    @Test func discardingTwiceOrAfterClosingDoesNothing() throws {
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        try writer.write([ByteBuffer(string: "abc")])
        writer.close()
        try writer.discard(to: 0)
        #expect(test.chunkBytes(id, fence: 1) == Array("abc".utf8))
    }

    @Test func aDiscardThatFailsSaysSo() throws {
        var operations = FileOperations.live
        operations.truncate = { _, _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        try writer.write([ByteBuffer(string: "abc")])
        #expect(code { try writer.discard(to: 0) } == .inputOutput)
    }

    @Test func theCommittedBytesAreReadInTheirOrderAndNoOthers() throws {
        let runs = [pattern(3000), [], pattern(2_500_000), pattern(7)]
        let pieces = try runs.enumerated().map { index, run in
            try test.chunk(id, fence: Int64(index + 1), run + pattern(20))
            return ChunkPiece(fence: Int64(index + 1), length: Int64(run.count))
        }
        let whole = runs.flatMap(\.self)
        for step in [Int64(1000), 1 << 20, .max >> 1] {
            var (read, done): ([UInt8], Int64) = ([], 0)
            while done < pieces.totalLength {
                if step == 1000, done > 9000 { break }
                done = try test.volume.readStep(id: id, pieces: pieces, from: done, atMost: step) { read += Array($0) }
                #expect(done == Int64(read.count))
            }
            let isSame = read == Array(whole.prefix(read.count)) && (step == 1000 || read.count == whole.count)
            #expect(isSame)
        }
    }

    @Test func missingBytesAreFoundWhileReading() throws {
        try test.chunk(id, fence: 1, pattern(10))
        let short = [ChunkPiece(fence: 1, length: 11)]
        #expect(
            code { _ = try test.volume.readStep(id: id, pieces: short, from: 0, atMost: 100) { _ in } } == .tooShort)
        let gone = [ChunkPiece(fence: 2, length: 1)]
        #expect(code { _ = try test.volume.readStep(id: id, pieces: gone, from: 0, atMost: 100) { _ in } } == .missing)
    }
}
