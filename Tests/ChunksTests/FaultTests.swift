import Chunks
import Glibc
import NIOCore
import Testing
import TestSupport

/// Every step, failed at each of its calls, in three ways, with three errors: what was committed is still there, and
/// the step run again from its start gives what it would have given.
@Suite struct FaultTests {
    let test: TestVolume
    let old = pattern(10_000)
    let new = pattern(20_000, seed: 1)

    init() throws {
        test = try TestVolume()
    }

    private func append(_ volume: ChunkVolume, _ id: String, committed: Int64) throws {
        let writer = try volume.openChunk(id: id, fence: 1, committed: committed)
        try writer.write([ByteBuffer(bytes: new.prefix(7)), ByteBuffer(bytes: new.dropFirst(7))])
        try writer.sync()
        writer.close()
    }

    @Test(arguments: Fault.all)
    func aFailedAppendLeavesTheCommittedPrefix(fault: Fault) throws {
        let calls = try fault.sweep(test) { id in
            try test.chunk(id, fence: 1, old)
        } step: { volume, id in
            try append(volume, id, committed: 10_000)
        } after: { id, failure in
            #expect(test.chunkBytes(id, fence: 1)?.prefix(10_000) == old[...])
            try append(test.volume, id, committed: 10_000)
            #expect(test.chunkBytes(id, fence: 1) == old + new)
        }
        #expect(calls >= 4, "open, fstat, pwritev, fdatasync")
    }

    @Test(arguments: Fault.all)
    func aNewChunkIsMadeByTheSecondRun(fault: Fault) throws {
        let calls = try fault.sweep(test) { _ in
        } step: { volume, id in
            try append(volume, id, committed: 0)
        } after: { id, _ in
            try append(test.volume, id, committed: 0)
            #expect(test.chunkBytes(id, fence: 1) == new)
        }
        #expect(calls >= 5, "open, pwritev, fdatasync, open and fsync of the folder")
    }

    @Test(arguments: Fault.all)
    func promoteIsDoneByTheSecondRun(fault: Fault) throws {
        let piece = ChunkPiece(fence: 1, length: 9_000)
        let calls = try fault.sweep(test) { id in
            try test.chunk(id, fence: 1, old)
        } step: { volume, id in
            try volume.verify(id: id, pieces: [piece])
            try volume.promote(id: id, piece: piece)
            try volume.syncBlob(id: id)
        } after: { id, _ in
            let bytes = test.blobBytes(id) ?? test.chunkBytes(id, fence: 1)
            #expect(bytes?.prefix(9_000) == old.prefix(9_000))
            try test.volume.promote(id: id, piece: piece)
            try test.volume.syncBlob(id: id)
            #expect(test.blobBytes(id) == Array(old.prefix(9_000)))
            #expect(test.chunkBytes(id, fence: 1) == nil)
        }
        #expect(calls >= 6)
    }

    private func assemble(_ volume: ChunkVolume, _ id: String, from: Int64, done: inout Int64) throws {
        let pieces = [ChunkPiece(fence: 1, length: 9_000), ChunkPiece(fence: 2, length: 20_000)]
        done = from
        repeat {
            done = try volume.copyStep(id: id, attempt: 1, pieces: pieces, from: done, atMost: 8_192)
        } while done < 29_000
        try volume.syncPart(id: id, attempt: 1)
        try volume.publishPart(id: id, attempt: 1, length: 29_000)
        try volume.syncBlob(id: id)
    }

    @Test(arguments: Fault.all)
    func assemblyGoesOnWhereItFailed(fault: Fault) throws {
        var done: Int64 = 0
        let calls = try fault.sweep(test) { id in
            try test.chunk(id, fence: 1, old)
            try test.chunk(id, fence: 2, new)
        } step: { volume, id in
            try assemble(volume, id, from: 0, done: &done)
        } after: { id, _ in
            #expect(test.chunkBytes(id, fence: 1) == old)
            #expect(test.chunkBytes(id, fence: 2) == new)
            if test.blobBytes(id) == nil {
                let from = try test.volume.resumePoint(id: id, attempt: 1, bytesDone: done)
                try assemble(test.volume, id, from: from, done: &done)
            } else {
                try test.volume.publishPart(id: id, attempt: 1, length: 29_000)
                try test.volume.syncBlob(id: id)
            }
            #expect(test.blobBytes(id) == Array(old.prefix(9_000)) + new)
            #expect(test.partBytes(id, attempt: 1) == nil)
        }
        #expect(calls > 20)
    }

    @Test(arguments: Fault.all)
    func adoptingIsDoneByTheSecondRun(fault: Fault) throws {
        let pieces = [ChunkPiece(fence: 1, length: 10_000)]
        let calls = try fault.sweep(test) { id in
            try test.chunk(id, fence: 1, old)
            _ = try test.volume.copyStep(id: id, attempt: 1, pieces: pieces, from: 0, atMost: 4_096)
        } step: { volume, id in
            _ = try volume.adoptPart(id: id, from: 1, to: 2)
        } after: { id, _ in
            #expect(try test.volume.adoptPart(id: id, from: 1, to: 2))
            #expect(test.partBytes(id, attempt: 1) == nil)
            #expect(try test.volume.resumePoint(id: id, attempt: 2, bytesDone: 4_096) == 4_096)
            _ = try test.volume.copyStep(id: id, attempt: 2, pieces: pieces, from: 4_096, atMost: .max)
            #expect(test.partBytes(id, attempt: 2) == old)
        }
        #expect(calls >= 2)
    }

    @Test(arguments: Fault.all)
    func removalIsDoneByTheSecondRun(fault: Fault) throws {
        func remove(_ volume: ChunkVolume, _ id: String) throws {
            try volume.removeUploadFiles(id: id, fences: [1, 2])
            try volume.removeParts(id: id, attempts: [1, 2])
            try volume.removeBlob(id: id)
        }
        let calls = try fault.sweep(test) { id in
            let piece = try test.chunk(id, fence: 2, new)
            _ = try test.volume.copyStep(id: id, attempt: 1, pieces: [piece], from: 0, atMost: .max)
            try test.volume.promote(id: id, piece: piece)
            try test.chunk(id, fence: 1, old)
        } step: { volume, id in
            try remove(volume, id)
        } after: { id, _ in
            try remove(test.volume, id)
            #expect(try test.volume.entries(inFolder: folderIndex(id)).allSatisfy { !$0.isOf(id) })
            #expect(try test.volume.entries(inFolder: 256 + folderIndex(id)).allSatisfy { !$0.isOf(id) })
        }
        #expect(calls >= 7, "five unlinks, and a look at the folder where there was nothing")
    }

    @Test(arguments: Fault.all)
    func readingAndListingTellTheirFaults(fault: Fault) throws {
        let calls = try fault.sweep(test) { id in
            try test.volume.promote(id: id, piece: test.chunk(id, fence: 1, old))
        } step: { volume, id in
            _ = try volume.openBlob(id: id, length: 10_000).read(at: 0, count: 10_000)
            _ = try volume.entries(inFolder: 256 + folderIndex(id))
            _ = try volume.freeBytes()
            _ = try volume.checkIdentity(expected: TestVolume.identity)
            // So that a rest of one round is none in the next.
            try volume.removeBlob(id: id)
        } after: { id, _ in
            if test.blobBytes(id) != nil { try test.volume.removeBlob(id: id) }
        }
        #expect(calls >= 10)
    }

    @Test(arguments: Fault.all)
    func aFailedProbeSaysSoAndTheNextPasses(fault: Fault) throws {
        let calls = try fault.sweep(test) { _ in
        } step: { volume, _ in
            try volume.probe()
        } after: { _, failure in
            #expect(failure == nil || failure?.errno == fault.errno)
            try test.volume.probe()
        }
        #expect(calls == 4, "open, pwritev, fdatasync, unlink")
    }

    @Test func everyFaultIsTold() throws {
        for errno in [ENOSPC, EIO, EROFS] {
            let fault = Fault(mode: .once, errno: errno)
            var faults = 0
            let calls = try fault.sweep(test) { id in
                try test.chunk(id, fence: 1, old)
            } step: { volume, id in
                try append(volume, id, committed: 9_999)
                try volume.promote(id: id, piece: ChunkPiece(fence: 1, length: 29_999))
                try volume.syncBlob(id: id)
            } after: { _, failure in
                if let failure {
                    faults += 1
                    #expect(failure.errno == errno)
                    #expect(failure.message.contains(test.root))
                }
            }
            #expect(faults == calls)
        }
    }

    @Test func aSignalInAnyCallIsNotNoticed() throws {
        let fault = Fault(mode: .once, errno: EINTR)
        var done: Int64 = 0
        let calls = try fault.sweep(test) { id in
            try test.chunk(id, fence: 1, old)
            try test.chunk(id, fence: 2, [])
        } step: { volume, id in
            let writer = try volume.openChunk(id: id, fence: 2, committed: 0)
            try writer.write([ByteBuffer(bytes: new)])
            try writer.sync()
            try assemble(volume, id, from: 0, done: &done)
            try volume.probe()
        } after: { id, failure in
            #expect(failure == nil)
            #expect(test.blobBytes(id) == Array(old.prefix(9_000)) + new)
        }
        #expect(calls > 20)
    }

    @Test func aRenameWhoseAnswerWasLostAndIsAskedAgainIsDone() throws {
        var operations = FileOperations.live
        operations.rename = { from, to throws(SystemFailure) in
            try FileOperations.live.rename(from, to)
            throw SystemFailure(errno: ENOENT)
        }
        let id = randomID()
        let piece = try test.chunk(id, fence: 1, old)
        try test.with(operations).promote(id: id, piece: piece)
        #expect(test.blobBytes(id) == old)

        let second = randomID()
        let copied = try test.chunk(second, fence: 1, new)
        _ = try test.volume.copyStep(id: second, attempt: 1, pieces: [copied], from: 0, atMost: .max)
        #expect(try test.with(operations).adoptPart(id: second, from: 1, to: 2))
        try test.with(operations).publishPart(id: second, attempt: 2, length: 20_000)
        #expect(test.blobBytes(second) == new)
    }
}

func folderIndex(_ id: String) -> Int {
    Int(id.prefix(2), radix: 16) ?? 0
}

extension VolumeEntry {
    func isOf(_ wanted: String) -> Bool {
        switch kind {
        case .chunk(let id, _), .blob(let id), .part(let id, _): id == wanted
        case .unknown: false
        }
    }
}
