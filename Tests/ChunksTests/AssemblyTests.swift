import Chunks
import Glibc
import NIOCore
import Testing

@Suite struct AssemblyTests {
    let test: TestVolume
    let id = randomID()

    init() throws {
        test = try TestVolume(below: TestVolume.disk)
    }

    /// Three pieces of lengths that are no multiples of anything, each with uncommitted bytes behind it.
    private func threePieces() throws -> (pieces: [ChunkPiece], whole: [UInt8]) {
        var pieces: [ChunkPiece] = []
        var whole: [UInt8] = []
        for (fence, length) in [(Int64(1), 8_192), (4, 12_345), (9, 4_096)] {
            let bytes = pattern(length, seed: Int(fence))
            try test.chunk(id, fence: fence, bytes + [0xEE, 0xEE, 0xEE])
            pieces.append(ChunkPiece(fence: fence, length: Int64(length)))
            whole += bytes
        }
        return (pieces, whole)
    }

    @Test(arguments: [1_000, 4_096, 8_192, 20_000, .max] as [Int64])
    func stepsOfAnyLengthGiveTheSameBytes(step: Int64) throws {
        let (pieces, whole) = try threePieces()
        var done: Int64 = 0
        repeat {
            let next = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: done, atMost: step)
            #expect(next - done <= step && next > done)
            done = next
        } while done < whole.count
        try test.volume.publishPart(id: id, attempt: 1, length: done)
        #expect(test.blobBytes(id) == whole)
    }

    @Test func assembleReportsAndCanBeStoppedAndGoesOn() throws {
        struct Stop: Error {}
        let (pieces, whole) = try threePieces()
        var reported: [Int64] = []
        try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 0) { reported.append($0) }
        #expect(reported == [Int64(whole.count)])
        #expect(throws: Stop.self) {
            try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 100) { _ in throw Stop() }
        }
        try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 8_193) { _ in }
        #expect(test.partBytes(id, attempt: 1) == whole)
    }

    @Test func piecesOfOtherUploadsAreJoined() throws {
        let (left, right) = (randomID(), randomID())
        try test.chunk(left, fence: 1, pattern(10))
        try test.chunk(right, fence: 2, pattern(20, seed: 1))
        let pieces = [
            ChunkPiece(upload: left, fence: 1, length: 10), ChunkPiece(upload: right, fence: 2, length: 20),
            ChunkPiece(upload: left, fence: 1, length: 5),
        ]
        try test.volume.verify(id: id, pieces: pieces)
        try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 0) { _ in }
        #expect(test.partBytes(id, attempt: 1) == pattern(10) + pattern(20, seed: 1) + pattern(5))
        #expect(test.chunkBytes(left, fence: 1) == pattern(10))
    }

    @Test func noPiecesAndEmptyPiecesMakeAnEmptyBlob() throws {
        for pieces in [[], [ChunkPiece(fence: 1, length: 0)]] {
            let id = randomID()
            var reported: [Int64] = []
            try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 0) { reported.append($0) }
            try test.volume.publishPart(id: id, attempt: 1, length: 0)
            try test.volume.syncBlob(id: id)
            #expect(test.blobBytes(id) == [])
            #expect(reported == [0])
        }
    }

    @Test func aNewStartLeavesNothingOfTheOldPart() throws {
        let (pieces, whole) = try threePieces()
        let longer = pieces + pieces
        try test.volume.assemble(id: id, attempt: 1, pieces: longer, from: 0) { _ in }
        try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 0) { _ in }
        #expect(test.partBytes(id, attempt: 1) == whole)
    }

    @Test func aStepNeedsThePartItContinues() throws {
        let (pieces, _) = try threePieces()
        let volume = test.volume
        #expect(code { _ = try volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 5, atMost: 5) } == .missing)
        _ = try volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 5)
        #expect(code { _ = try volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 6, atMost: 5) } == .tooShort)
        #expect(try volume.resumePoint(id: id, attempt: 1, bytesDone: 6) == 0)
        #expect(try volume.resumePoint(id: id, attempt: 1, bytesDone: 5) == 5)
        #expect(try volume.resumePoint(id: id, attempt: 2, bytesDone: 5) == 0)
    }

    @Test func aStepFromBehindTheEndIsRefused() throws {
        let (pieces, whole) = try threePieces()
        for from in [-1, Int64(whole.count) + 1] {
            #expect(
                code { _ = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: from, atMost: 1) }
                    == .inputOutput)
        }
        let negative = [ChunkPiece(fence: 1, length: -5), ChunkPiece(fence: 4, length: 10)]
        #expect(
            code { _ = try test.volume.copyStep(id: id, attempt: 1, pieces: negative, from: 0, atMost: 1) }
                == .inputOutput)
    }

    @Test func aMissingOrShortChunkStopsTheCopy() throws {
        let missing = [try test.chunk(id, fence: 1, pattern(10)), ChunkPiece(fence: 2, length: 10)]
        #expect(code { try test.volume.assemble(id: id, attempt: 1, pieces: missing, from: 0) { _ in } } == .missing)
        try test.chunk(id, fence: 2, pattern(9))
        #expect(code { try test.volume.assemble(id: id, attempt: 1, pieces: missing, from: 0) { _ in } } == .tooShort)
    }

    @Test func publishChecksTheLengthAndMayBeRepeated() throws {
        let piece = try test.chunk(id, fence: 1, pattern(10))
        try test.volume.assemble(id: id, attempt: 1, pieces: [piece], from: 0) { _ in }
        #expect(code { try test.volume.publishPart(id: id, attempt: 1, length: 11) } == .tooShort)
        #expect(code { try test.volume.publishPart(id: id, attempt: 1, length: 9) } == .inputOutput)
        #expect(test.blobBytes(id) == nil)
        for _ in 0..<2 { try test.volume.publishPart(id: id, attempt: 1, length: 10) }
        #expect(code { try test.volume.publishPart(id: id, attempt: 1, length: 9) } == .inputOutput)
        #expect(code { try test.volume.publishPart(id: randomID(), attempt: 1, length: 9) } == .missing)
    }

    @Test func aPredecessorsPartIsTakenOver() throws {
        let (pieces, whole) = try threePieces()
        #expect(try !test.volume.adoptPart(id: id, from: 1, to: 2))
        _ = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 9_000)
        #expect(try test.volume.adoptPart(id: id, from: 1, to: 2))
        #expect(try test.volume.adoptPart(id: id, from: 1, to: 2), "the rename was done before")
        #expect(try test.volume.adoptPart(id: id, from: 2, to: 2), "nothing to rename")
        try test.volume.assemble(id: id, attempt: 2, pieces: pieces, from: 9_000) { _ in }
        #expect(test.partBytes(id, attempt: 2) == whole)
        #expect(test.partBytes(id, attempt: 1) == nil)
    }

    @Test func anOustedWorkerThatStartsAgainDoesNotTouchTheAdoptedPart() throws {
        let (pieces, whole) = try threePieces()
        _ = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 9_000)
        #expect(try test.volume.adoptPart(id: id, from: 1, to: 2))
        _ = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 100)
        try test.volume.assemble(id: id, attempt: 2, pieces: pieces, from: 9_000) { _ in }
        #expect(test.partBytes(id, attempt: 2) == whole)
    }

    @Test func aPartThatCouldNotBeSyncedIsNeverUsed() throws {
        let (pieces, _) = try threePieces()
        var operations = FileOperations.live
        operations.syncData = { _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
        let broken = test.with(operations)
        #expect(
            code { _ = try broken.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 5) } == .inputOutput)
        #expect(try test.volume.resumePoint(id: id, attempt: 1, bytesDone: 5) == 0)
        _ = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 5)
        #expect(code { try broken.syncPart(id: id, attempt: 1) } == .inputOutput)
        #expect(test.partBytes(id, attempt: 1) == nil)
        #expect(code { try test.volume.syncPart(id: id, attempt: 1) } == .missing)
    }
}

@Suite struct RangeCopyTests {
    enum Way: CaseIterable, Sendable { case clone, cloneRefused, kernelInShortRuns, byHand, kernelStops }

    private func operations(_ way: Way, used: Log) -> FileOperations {
        var operations = FileOperations.live
        let live = FileOperations.live
        switch way {
        case .clone:
            operations.cloneRange = { range, target, offset throws(SystemFailure) in
                used.add("clone")
                #expect(range.offset % 4_096 == 0 && offset % 4_096 == 0 && range.count % 4_096 == 0)
                try copyBytes(range, target, offset)
            }
            operations.copyRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EXDEV) }
        case .cloneRefused:
            operations.cloneRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EINVAL) }
        case .kernelInShortRuns:
            operations.cloneRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EOPNOTSUPP) }
            operations.copyRange = { range, target, offset throws(SystemFailure) in
                used.add("kernel")
                let count = min(range.count, 1_001)
                let short = FileRange(descriptor: range.descriptor, offset: range.offset, count: count)
                return try live.copyRange(short, target, offset)
            }
        case .byHand:
            operations.cloneRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: ENOTTY) }
            operations.copyRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: ENOSYS) }
            operations.read = { file, buffer, offset throws(SystemFailure) in
                used.add("read")
                return try live.read(file, UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(777)), offset)
            }
        case .kernelStops:
            operations.cloneRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EXDEV) }
            operations.copyRange = { _, _, _ in 0 }
        }
        return operations
    }

    @Test(arguments: Way.allCases)
    func everyWayGivesTheSameBytes(way: Way) throws {
        let test = try TestVolume(below: TestVolume.disk)
        let id = randomID()
        let parts = [pattern(12_288), pattern(10_001, seed: 1), pattern(8_192, seed: 2)]
        let used = Log()
        var pieces: [ChunkPiece] = []
        for (index, bytes) in parts.enumerated() { pieces.append(try test.chunk(id, fence: Int64(index), bytes)) }
        let volume = test.with(operations(way, used: used))
        try volume.assemble(id: id, attempt: 1, pieces: pieces, from: 0) { _ in }
        try volume.publishPart(id: id, attempt: 1, length: pieces.totalLength)
        #expect(test.blobBytes(id) == parts.flatMap { $0 })
        let expected: Set<String> =
            switch way {
            case .clone: ["clone"]
            case .kernelInShortRuns: ["kernel"]
            case .byHand: ["read"]
            case .cloneRefused, .kernelStops: []
            }
        #expect(Set(used.all) == expected)
    }

    @Test func aFileThatShrinksUnderTheCopyIsTooShort() throws {
        let test = try TestVolume(below: TestVolume.disk)
        let id = randomID()
        let piece = try test.chunk(id, fence: 1, pattern(5_000))
        var operations = FileOperations.live
        operations.status = { _ in FileStatus(size: 6_000, modified: 0, isFile: true) }
        let longer = ChunkPiece(fence: piece.fence, length: 6_000)
        #expect(
            code { try test.with(operations).assemble(id: id, attempt: 1, pieces: [longer], from: 0) { _ in } }
                == .tooShort)
    }
}

/// What a clone does to the bytes, for a file system that cannot.
private func copyBytes(_ range: FileRange, _ target: Int32, _ offset: Int64) throws(SystemFailure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 1)
    defer { buffer.deallocate() }
    guard pread(range.descriptor, buffer.baseAddress, range.count, off_t(range.offset)) == range.count,
        pwrite(target, buffer.baseAddress, range.count, off_t(offset)) == range.count
    else { throw SystemFailure(errno: EIO) }
}
