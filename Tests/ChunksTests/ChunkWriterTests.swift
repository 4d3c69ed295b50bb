import Chunks
import Glibc
import NIOCore
import Synchronization
import Testing

@Suite struct ChunkWriterTests {
    let test: TestVolume
    let id = randomID()

    init() throws {
        test = try TestVolume(below: TestVolume.disk)
    }

    @Test func buffersAreWrittenInTheirOrder() throws {
        let writer = try test.volume.openChunk(id: id, fence: 7, committed: 0)
        try writer.write([ByteBuffer(string: "abc"), ByteBuffer(), ByteBuffer(string: "de")])
        try writer.write([])
        try writer.write([ByteBuffer(string: "f")])
        #expect(writer.length == 6)
        #expect(test.chunkBytes(id, fence: 7) == Array("abcdef".utf8))
    }

    @Test func onlyTheReadablePartOfABufferIsWritten() throws {
        var buffer = ByteBuffer(string: "abcdef")
        buffer.moveReaderIndex(forwardBy: 2)
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        try writer.write([buffer])
        #expect(test.chunkBytes(id, fence: 1) == Array("cdef".utf8))
    }

    @Test func moreBuffersThanOneCallTakesAreWritten() throws {
        let bytes = pattern(5_000)
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        try writer.write(bytes.map { ByteBuffer(bytes: [$0]) })
        #expect(test.chunkBytes(id, fence: 1) == bytes)
    }

    @Test func shortWritesAreContinued() throws {
        var operations = FileOperations.live
        operations.write = { file, vectors, offset throws(SystemFailure) in
            // Three bytes of the first vector, whatever was asked for.
            var vector = vectors[0]
            vector.iov_len = min(vector.iov_len, 3)
            return try withUnsafePointer(to: &vector) { pointer throws(SystemFailure) in
                try FileOperations.live.write(file, UnsafeBufferPointer(start: pointer, count: 1), offset)
            }
        }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        try writer.write([ByteBuffer(string: "abcd"), ByteBuffer(string: "ef"), ByteBuffer(string: "ghijklm")])
        #expect(test.chunkBytes(id, fence: 1) == Array("abcdefghijklm".utf8))
    }

    @Test func theDiskBeginsWithWhatIsWrittenBeforeItIsSynced() throws {
        let begun = Mutex<[Range<Int64>]>([])
        var operations = FileOperations.live
        operations.startWriting = { range throws(SystemFailure) in
            begun.withLock { $0.append(range.offset..<range.offset + Int64(range.count)) }
            // A file system that cannot is none to complain of.
            throw SystemFailure(errno: EOPNOTSUPP)
        }
        let bytes = pattern(300_000)
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        for _ in 0..<4 { try writer.write([ByteBuffer(bytes: bytes)]) }
        #expect(begun.withLock { $0 } == [0..<598_016, 598_016..<1_196_032])
        #expect(try writer.sync() == 1_200_000)
        #expect(test.chunkBytes(id, fence: 1) == bytes + bytes + bytes + bytes)
    }

    /// The kernel may throw away what it could not write, and tell nobody again.
    @Test func afterAFailedBeginningNothingIsSynced() throws {
        var operations = FileOperations.live
        operations.startWriting = { _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        #expect(code { try writer.write([ByteBuffer(bytes: pattern(600_000))]) } == .inputOutput)
        #expect(code { _ = try writer.sync() } == .inputOutput)
    }

    @Test func aSyncBesideABeginningDoesNotCountWhatThatMayLose() throws {
        let syncing = Mutex<ChunkWriter?>(nil)
        let counted = Mutex<[Int64]>([])
        var operations = FileOperations.live
        operations.startWriting = { _ throws(SystemFailure) in
            guard let length = try? syncing.withLock({ $0 })?.sync() else { return }
            counted.withLock { $0.append(length) }
        }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        syncing.withLock { $0 = writer }
        for _ in 0..<4 { try writer.write([ByteBuffer(bytes: pattern(300_000))]) }
        #expect(counted.withLock { $0 } == [0, 598_016])
        #expect(try writer.sync() == 1_200_000)
        // What was safe before stays so.
        for _ in 0..<2 { try writer.write([ByteBuffer(bytes: pattern(300_000))]) }
        #expect(counted.withLock { $0 } == [0, 598_016, 1_200_000])
        syncing.withLock { $0 = nil }
    }

    @Test func aWriteThatTakesNothingIsAnErrorAndNotALoop() throws {
        var operations = FileOperations.live
        operations.write = { _, _, _ in 0 }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        #expect(code { try writer.write([ByteBuffer(string: "abc")]) } == .inputOutput)
        #expect(writer.length == 0)
    }

    @Test func lengthCountsWhatWasWrittenBeforeTheDiskWasFull() throws {
        let calls = Counter()
        var operations = FileOperations.live
        operations.write = { file, vectors, offset throws(SystemFailure) in
            guard calls.next() == 1 else { throw SystemFailure(errno: ENOSPC) }
            return try FileOperations.live.write(file, UnsafeBufferPointer(rebasing: vectors.prefix(1)), offset)
        }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        #expect(code { try writer.write([ByteBuffer(string: "abc"), ByteBuffer(string: "def")]) } == .noSpace)
        #expect(writer.length == 3)
        #expect(try writer.sync() == 3)
    }

    @Test func aFailedSyncBreaksTheWriterForGood() throws {
        let calls = Counter()
        var operations = FileOperations.live
        operations.syncData = { file throws(SystemFailure) in
            guard calls.next() != 2 else { throw SystemFailure(errno: EIO) }
            try FileOperations.live.syncData(file)
        }
        let writer = try test.with(operations).openChunk(id: id, fence: 1, committed: 0)
        try writer.write([ByteBuffer(string: "abc")])
        #expect(try writer.sync() == 3)
        try writer.write([ByteBuffer(string: "def")])
        #expect(code { try writer.sync() } == .inputOutput)
        #expect(code { try writer.sync() } == .inputOutput)
        #expect(code { try writer.write([ByteBuffer(string: "g")]) } == .inputOutput)
        #expect(calls.value == 2, "a second fdatasync would have lied")
    }

    @Test func theFolderOfANewFileIsSyncedOnceAndThatOfAnOldOneNever() throws {
        let calls = Counter()
        var operations = FileOperations.live
        operations.syncFolder = { _ in calls.next() }
        let volume = test.with(operations)
        let first = try volume.openChunk(id: id, fence: 1, committed: 0)
        for _ in 0..<3 {
            try first.write([ByteBuffer(string: "abc")])
            try first.sync()
        }
        first.close()
        try volume.openChunk(id: id, fence: 1, committed: 9).sync()
        #expect(calls.value == 1)
    }

    @Test func pageCacheSyncsNothing() throws {
        var operations = FileOperations.live
        operations.syncData = { _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
        operations.syncFolder = { _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
        let volume = ChunkVolume(root: test.root, durability: .pageCache, operations: operations)
        let writer = try volume.openChunk(id: id, fence: 1, committed: 0)
        try writer.write([ByteBuffer(string: "abc")])
        #expect(try writer.sync() == 3)
        let piece = ChunkPiece(fence: 1, length: 3)
        try volume.assemble(id: id, attempt: 1, pieces: [piece], from: 0) { _ in }
        try volume.syncPart(id: id, attempt: 1)
        try volume.publishPart(id: id, attempt: 1, length: 3)
        try volume.syncBlob(id: id)
        try volume.probe()
        #expect(test.blobBytes(id) == Array("abc".utf8))
    }

    @Test func aFolderThatCannotBeSyncedIsNoError() throws {
        var operations = FileOperations.live
        operations.syncFolder = { _ throws(SystemFailure) in throw SystemFailure(errno: EINVAL) }
        try test.with(operations).openChunk(id: id, fence: 1, committed: 0).sync()
    }

    @Test func whatLiesBehindTheCommittedLengthIsCutOff() throws {
        try test.chunk(id, fence: 1, Array("abcdef".utf8))
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 4)
        #expect(writer.length == 4)
        #expect(test.chunkBytes(id, fence: 1) == Array("abcd".utf8))
        try writer.write([ByteBuffer(string: "X")])
        #expect(test.chunkBytes(id, fence: 1) == Array("abcdX".utf8))
    }

    @Test func nothingCommittedEmptiesTheFile() throws {
        try test.chunk(id, fence: 1, Array("abcdef".utf8))
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        #expect(writer.length == 0)
        #expect(test.chunkBytes(id, fence: 1) == [])
    }

    @Test func aCommittedFileThatIsGoneOrShortIsTold() throws {
        #expect(code { _ = try test.volume.openChunk(id: id, fence: 1, committed: 1) } == .missing)
        #expect(test.chunkBytes(id, fence: 1) == nil, "an open of a committed file makes none")
        try test.chunk(id, fence: 1, [1, 2, 3])
        #expect(code { _ = try test.volume.openChunk(id: id, fence: 1, committed: 4) } == .tooShort)
        #expect(test.chunkBytes(id, fence: 1) == [1, 2, 3])
    }

    @Test func writersOfDifferentFencesDoNotMeet() throws {
        let ousted = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        try ousted.write([ByteBuffer(string: "old")])
        let newer = try test.volume.openChunk(id: id, fence: 2, committed: 0)
        try newer.write([ByteBuffer(string: "new")])
        try ousted.write([ByteBuffer(string: " and too late")])
        try newer.write([ByteBuffer(string: "er")])
        let pieces = [ChunkPiece(fence: 1, length: 3), ChunkPiece(fence: 2, length: 5)]
        try test.volume.assemble(id: id, attempt: 1, pieces: pieces, from: 0) { _ in }
        try ousted.write([ByteBuffer(string: " still")])
        try test.volume.publishPart(id: id, attempt: 1, length: 8)
        #expect(test.blobBytes(id) == Array("oldnewer".utf8))
    }

    @Test func aClosedWriterThrows() throws {
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        writer.close()
        writer.close()
        #expect(code { try writer.write([ByteBuffer(string: "a")]) } == .inputOutput)
        #expect(code { try writer.sync() } == .inputOutput)
    }

    @Test func everyDescriptorIsClosedOnce() throws {
        let open = Mutex<[Int32]>([])
        var operations = FileOperations.live
        operations.open = { path, flags, mode throws(SystemFailure) in
            let file = try FileOperations.live.open(path, flags, mode)
            open.withLock { $0.append(file) }
            return file
        }
        operations.close = { file in
            open.withLock { files in
                let index = files.firstIndex(of: file)
                #expect(index != nil)
                if let index { files.remove(at: index) }
            }
            FileOperations.live.close(file)
        }
        let volume = test.with(operations)
        do {
            let writer = try volume.openChunk(id: id, fence: 1, committed: 0)
            try writer.write([ByteBuffer(string: "a")])
            try writer.sync()
            let left = try volume.openChunk(id: id, fence: 2, committed: 0)
            writer.close()
            #expect(open.withLock { $0.count } == 1)
            try left.write([ByteBuffer(string: "b")])
        }
        #expect(open.withLock { $0 } == [])
    }

    @Test func aSyncBesideTheStreamAnswersForWhatWasWrittenBeforeIt() async throws {
        let executor = BlockingExecutor(threads: 2, name: "sync-beside")
        let writer = try test.volume.openChunk(id: id, fence: 1, committed: 0)
        let bytes = pattern(1_000)
        async let checkpoints: Void = executor.run {
            var last: Int64 = 0
            for _ in 0..<50 {
                let synced = try writer.sync()
                #expect(synced >= last)
                last = synced
            }
        }
        try await executor.run { for _ in 0..<500 { try writer.write([ByteBuffer(bytes: bytes)]) } }
        try await checkpoints
        #expect(try writer.sync() == 500_000)
        #expect(test.chunkBytes(id, fence: 1)?.count == 500_000)
        await executor.shutdown()
    }
}
