import Chunks
import Foundation
import Glibc
import NIOCore
import TestSupport
import Testing

@Suite struct FinishingTests {
    let test: TestVolume
    let id = randomID()

    init() throws {
        test = try TestVolume()
    }

    @Test func promoteTakesTheCommittedPrefixOnly() throws {
        try test.chunk(id, fence: 3, pattern(100))
        try test.volume.promote(id: id, piece: ChunkPiece(fence: 3, length: 90))
        #expect(test.blobBytes(id) == pattern(90))
        #expect(test.chunkBytes(id, fence: 3) == nil)
    }

    @Test func promoteMayBeRepeated() throws {
        let piece = try test.chunk(id, fence: 3, pattern(100))
        for _ in 0..<3 { try test.volume.promote(id: id, piece: piece) }
        try test.volume.syncBlob(id: id)
        #expect(test.blobBytes(id) == pattern(100))
    }

    @Test func promoteOfNothingIsMissingAndOfAnotherBlobAnError() throws {
        #expect(code { try test.volume.promote(id: id, piece: ChunkPiece(fence: 1, length: 1)) } == .missing)
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(5)))
        #expect(code { try test.volume.promote(id: id, piece: ChunkPiece(fence: 1, length: 6)) } == .inputOutput)
    }

    @Test func promoteOfAShortChunkLeavesIt() throws {
        try test.chunk(id, fence: 1, pattern(5))
        #expect(code { try test.volume.promote(id: id, piece: ChunkPiece(fence: 1, length: 6)) } == .tooShort)
        #expect(test.chunkBytes(id, fence: 1) == pattern(5))
    }

    @Test func aChunkOfAnotherUploadIsNotRenamedAway() throws {
        let partial = randomID()
        var piece = try test.chunk(partial, fence: 1, pattern(5))
        piece.upload = partial
        #expect(code { try test.volume.promote(id: id, piece: piece) } == .inputOutput)
        #expect(test.chunkBytes(partial, fence: 1) == pattern(5))
    }

    @Test func verifyFindsWhatIsMissingOrShort() throws {
        try test.chunk(id, fence: 1, pattern(5))
        try test.volume.verify(id: id, pieces: [])
        try test.volume.verify(id: id, pieces: [.init(fence: 1, length: 5), .init(fence: 2, length: 0)])
        try test.volume.verify(id: id, pieces: [.init(fence: 1, length: 4)])
        #expect(code { try test.volume.verify(id: id, pieces: [.init(fence: 1, length: 6)]) } == .tooShort)
        #expect(code { try test.volume.verify(id: id, pieces: [.init(fence: 2, length: 1)]) } == .missing)
    }

    @Test func aChunkThatAnNFSClientRemembersAsAbsentIsFound() throws {
        let piece = try test.chunk(id, fence: 1, pattern(5))
        let path = "\(test.root)/uploads/\(id.prefix(2))/\(id).1"
        let plan = FaultPlan(call: 1, mode: .once, errno: ENOENT)
        try test.with(plan.operations).verify(id: id, pieces: [piece])
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func theBlobIsReadInAnyOrder() throws {
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(1_000)))
        let reader = try test.volume.openBlob(id: id, length: 1_000)
        #expect(reader.length == 1_000)
        #expect(Array(try reader.read(at: 500, count: 100).readableBytesView) == Array(pattern(1_000)[500..<600]))
        #expect(Array(try reader.read(at: 0, count: 5).readableBytesView) == pattern(5))
        #expect(try reader.read(at: 990, count: 100).readableBytes == 10)
        #expect(try reader.read(at: 1_000, count: 100).readableBytes == 0)
        #expect(try reader.read(at: 0, count: .max, into: ByteBufferAllocator()).readableBytes == 1_000)
        #expect(code { _ = try reader.read(at: -1, count: 1) } == .inputOutput)
        reader.close()
        #expect(code { _ = try reader.read(at: 0, count: 1) } == .inputOutput)
    }

    @Test func aBlobIsServedToItsLengthAndAShortOneIsTold() throws {
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(1_000)))
        #expect(try test.volume.openBlob(id: id, length: 900).read(at: 0, count: 2_000).readableBytes == 900)
        #expect(code { _ = try test.volume.openBlob(id: id, length: 1_001) } == .tooShort)
        #expect(code { _ = try test.volume.openBlob(id: randomID(), length: 1) } == .missing)
        let reader = try test.volume.openBlob(id: id, length: 1_000)
        #expect(truncate("\(test.root)/blobs/\(id.prefix(2))/\(id)", 700) == 0)
        #expect(try reader.read(at: 0, count: 700).readableBytes == 700)
        #expect(code { _ = try reader.read(at: 600, count: 200) } == .tooShort)
    }

    @Test func onlyWhatIsThereIsMadeResident() throws {
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(9_000)))
        let reader = try test.volume.openBlob(id: id, length: 9_000)
        #expect(reader.makeResident(5_000..<9_000))
        #expect(!reader.makeResident(5_000..<9_001))
        #expect(try reader.isWhole())
        #expect(truncate("\(test.root)/blobs/\(id.prefix(2))/\(id)", 8_999) == 0)
        #expect(!reader.makeResident(5_000..<9_000))
        #expect(reader.makeResident(5_000..<8_999))
        #expect(try !reader.isWhole())
        reader.close()
        #expect(!reader.makeResident(0..<1))
        #expect(code { try reader.handle().close() } == .inputOutput)
    }

    @Test func aKernelThatCannotMakeResidentSaysNo() throws {
        var operations = FileOperations.live
        operations.populate = { _ throws(SystemFailure) in throw SystemFailure(errno: EINVAL) }
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(10)))
        let reader = try test.with(operations).openBlob(id: id, length: 10)
        #expect(!reader.makeResident(0..<10))
        #expect(try reader.read(at: 0, count: 10).readableBytes == 10)
    }

    @Test func anOpenBlobOutlivesItsRemoval() throws {
        try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, pattern(10)))
        let reader = try test.volume.openBlob(id: id, length: 10)
        try test.volume.removeBlob(id: id)
        try test.volume.removeBlob(id: id)
        #expect(Array(try reader.read(at: 0, count: 10).readableBytesView) == pattern(10))
    }

    @Test func syncingABlobThatIsNotThereIsMissing() throws {
        #expect(code { try test.volume.syncBlob(id: id) } == .missing)
    }

    @Test(arguments: [
        "", "x", "../../../../../../../etc/passwd00", "0123456789abcdef0123456789abcdeF",
        "0123456789abcdef0123456789abcdef0", "0123456789abcdef/123456789abcdef",
    ])
    func anIDThatIsNoneMakesNoPath(bad: String) throws {
        let volume = test.volume
        let piece = ChunkPiece(fence: 1, length: 1)
        let foreign = ChunkPiece(upload: bad, fence: 1, length: 1)
        #expect(code { _ = try volume.openChunk(id: bad, fence: 1, committed: 0) } == .inputOutput)
        #expect(code { try volume.removeChunk(id: bad, fence: 1) } == .inputOutput)
        #expect(code { try volume.removeUploadFiles(id: bad, fences: [1]) } == .inputOutput)
        #expect(code { try volume.removeParts(id: bad, attempts: [1]) } == .inputOutput)
        #expect(code { try volume.removeBlob(id: bad) } == .inputOutput)
        #expect(code { try volume.verify(id: bad, pieces: [piece]) } == .inputOutput)
        #expect(code { try volume.verify(id: id, pieces: [foreign]) } == .inputOutput)
        #expect(code { try volume.promote(id: bad, piece: piece) } == .inputOutput)
        #expect(code { _ = try volume.copyStep(id: bad, attempt: 1, pieces: [], from: 0, atMost: 1) } == .inputOutput)
        #expect(code { _ = try volume.adoptPart(id: bad, from: 1, to: 2) } == .inputOutput)
        #expect(code { try volume.syncPart(id: bad, attempt: 1) } == .inputOutput)
        #expect(code { try volume.publishPart(id: bad, attempt: 1, length: 0) } == .inputOutput)
        #expect(code { try volume.syncBlob(id: bad) } == .inputOutput)
        #expect(code { _ = try volume.openBlob(id: bad, length: 0) } == .inputOutput)
    }

    @Test func negativeNumbersMakeNoPath() throws {
        #expect(code { _ = try test.volume.openChunk(id: id, fence: -1, committed: 0) } == .inputOutput)
        #expect(code { _ = try test.volume.openChunk(id: id, fence: 1, committed: -1) } == .inputOutput)
        #expect(code { try test.volume.publishPart(id: id, attempt: -1, length: 0) } == .inputOutput)
    }

    @Test(arguments: [
        (ENOSPC, ChunkError.Code.noSpace), (EDQUOT, .noSpace), (EROFS, .readOnly), (EACCES, .readOnly),
        (EPERM, .readOnly), (ENOENT, .missing), (EIO, .inputOutput), (ESTALE, .inputOutput), (EMFILE, .inputOutput),
    ])
    func anErrorSaysWhatWhereAndWhatToDo(errno: Int32, expected: ChunkError.Code) throws {
        var operations = FileOperations.live
        operations.open = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: errno) }
        let error = #expect(throws: ChunkError.self) {
            try test.with(operations).openChunk(id: id, fence: 12, committed: 0)
        }
        #expect(error?.code == expected)
        #expect(error?.errno == errno)
        let message = error?.message ?? ""
        #expect(message.contains("open \(test.root)/uploads/\(id.prefix(2))/\(id).12"))
        #expect(message.contains(String(cString: strerror(errno))))
        #expect(message.contains("; "))
        #expect("\(error?.description ?? "")" == message)
    }
}
