import Chunks
import Foundation
import TestSupport
import Testing
import UploadProtocol
@testable import Inspection
@testable import Uploads

/// Each thing that can be wrong is found, and nothing else.
@Suite struct FindingTests {
    @Test func uploadsInEveryStateAreFine() async throws {
        try await Bench.with { bench in
            _ = try await bench.open([1, 2, 3], tail: 5)
            _ = try await bench.node.uploads.create(.sample())
            _ = try await bench.published([1, 2, 3])
            _ = try await bench.published([4, 5, 6, 7], pieces: 2)
            _ = try await bench.complete([1, 2, 3, 4], pieces: 2)
            // Renamed already, but not published yet.
            let promoted = try await bench.complete([1, 2])
            try bench.volume.volume.promote(id: "\(promoted.id)", piece: ChunkPiece(fence: 1, length: 2))
            let (ended, claim) = try await bench.node.uploads.createClaimed(.sample())
            _ = try await bench.node.uploads.release(claim, offset: 4)
            try await bench.node.uploads.terminate(ended.id) { _ in }

            let (findings, state) = try await bench.check { $0.orphanSeconds = 0 }
            #expect(findings == [] && state.phase == .done && state.counts.wrong == 0)
            #expect(state.counts.uploads == 3 && state.counts.blobs == 2 && state.counts.tails == 1)
            #expect(state.counts.bytes == 7 && state.counts.withoutChecksum == 0)
        }
    }

    @Test func aChunkFileThatIsMissingOrShortIsFound() async throws {
        try await Bench.with { bench in
            let missing = try await bench.open([1, 2, 3])
            try bench.remove(bench.chunk(missing))
            let short = try await bench.open([1, 2, 3])
            try bench.write([1, 2], to: bench.chunk(short))
            // With all its bytes, and a job; the second of its files is gone.
            let complete = try await bench.complete([1, 2, 3, 4], pieces: 2)
            let second = bench.chunk(complete, fence: try #require(complete.chunks.fences.last))
            try bench.remove(second)
            let (findings, state) = try await bench.check()
            let byPath = Dictionary(uniqueKeysWithValues: findings.map { ($0.path, $0) })
            #expect(byPath[bench.chunk(missing)]?.kind == .chunkMissing)
            #expect(byPath[bench.chunk(short)]?.kind == .chunkShort)
            #expect(byPath[bench.chunk(short)]?.message.contains("has 2 bytes, but 3") == true)
            #expect(byPath[second]?.kind == .chunkMissing)
            #expect(findings.count == 3 && state.counts.wrong == 3)
            let told = try #require(byPath[bench.chunk(missing)])
            #expect(told.subject == "upload \(missing.id), /note.txt of ann")
            #expect(told.remedy.contains("tussock uploads expire \(missing.id)"))
        }
    }

    @Test func theFileOfAnItemThatIsMissingOfAnotherSizeOrDamagedIsFound() async throws {
        try await Bench.with { bench in
            let missing = try await bench.published([1, 2, 3])
            try bench.remove(bench.path(missing))
            let longer = try await bench.published([1, 2, 3])
            try bench.write([1, 2, 3, 4], to: bench.path(longer))
            let damaged = try await bench.published([1, 2, 3])
            try bench.write([1, 2, 4], to: bench.path(damaged))
            _ = try await bench.published([1, 2, 3])
            let kinds: [String: Finding.Kind] = [
                bench.path(missing): .blobMissing, bench.path(longer): .blobSize, bench.path(damaged): .blobChecksum,
            ]
            let (findings, _) = try await bench.check()
            #expect(Dictionary(uniqueKeysWithValues: findings.map { ($0.path, $0.kind) }) == kinds)
            #expect(findings.allSatisfy { $0.subject?.hasPrefix("item /note") == true && !$0.remedy.isEmpty })

            let (unread, state) = try await bench.check { $0.readsBytes = false }
            #expect(Set(unread.kinds) == [.blobMissing, .blobSize] && unread.count == 2 && state.counts.bytes == 0)
        }
    }

    @Test func anItemWhoseFileCountsAsDeletedIsFound() async throws {
        try await Bench.with { bench in
            let upload = try await bench.published([1, 2, 3])
            try await bench.database.script("UPDATE blob SET deleted_at = now()")
            let (findings, _) = try await bench.check()
            #expect(findings.kinds == [.blobDoomed])
            #expect(findings.first?.message.contains("still there") == true)
            #expect(findings.first?.remedy.contains("\(upload.id)") == true)
            try await bench.database.script("DELETE FROM item WHERE blob_id IS NOT NULL")
            #expect(try await bench.check().findings == [])
        }
    }

    @Test func whatTheStorageDoesNotGiveBackIsFound() async throws {
        try await Bench.with { bench in
            let blob = try await bench.published([1, 2, 3])
            let upload = try await bench.open([1, 2, 3])
            var damaged = FileOperations.live
            damaged.read = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
            // The identity must be readable, or it is the whole volume that is away.
            let identity = "\(bench.volume.root)/.tussock-volume"
            damaged.open = { path, flags, mode throws(SystemFailure) in
                if path.contains("\(upload.id)") { throw SystemFailure(errno: EIO) }
                return try FileOperations.live.open(path, flags, mode)
            }
            damaged.read = { descriptor, buffer, offset throws(SystemFailure) in
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/fd/\(descriptor)")
                if target != identity { throw SystemFailure(errno: EIO) }
                return try FileOperations.live.read(descriptor, buffer, offset)
            }
            let (findings, _) = try await bench.check(damaged)
            #expect(findings.map(\.path) == [bench.path(blob), bench.chunk(upload)])
            #expect(findings.kinds == [.unreadable, .unreadable])
        }
    }

    @Test func aFolderThatIsMissingIsFound() async throws {
        try await Bench.with { bench in
            try bench.remove("\(bench.volume.root)/blobs/7f")
            let (findings, _) = try await bench.check()
            #expect(findings.kinds == [.folderMissing] && findings.first?.path.hasSuffix("/blobs/7f") == true)
        }
    }

    /// Everything would seem to be missing.
    @Test func onAVolumeThatIsAnotherOneNothingIsFound() async throws {
        try await Bench.with { bench in
            let upload = try await bench.published([1, 2, 3])
            try bench.remove(bench.path(upload))
            await #expect(throws: VolumeCheck.VolumeLost.self) {
                try await bench.check(from: CheckState(identity: String(repeating: "7", count: 32), readsBytes: true))
            }
        }
    }
}
