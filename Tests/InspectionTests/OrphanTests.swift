import Chunks
import Foundation
import TestSupport
import Testing
import UploadProtocol
@testable import Inspection
@testable import Uploads

/// Files without a row, and their removal.
@Suite struct OrphanTests {
    /// Files of every kind that no row needs, 25 hours old.
    private func litter(_ bench: Bench, beside upload: Upload) throws -> [String] {
        let (stranger, id) = ("\(UploadID.random())", "\(upload.id)")
        let root = bench.volume.root
        let paths = [
            "\(root)/uploads/\(stranger.prefix(2))/\(stranger).1", "\(root)/blobs/\(stranger.prefix(2))/\(stranger)",
            "\(root)/blobs/\(id.prefix(2))/\(id).3.part", "\(root)/uploads/\(id.prefix(2))/\(id).9",
        ]
        for path in paths {
            try bench.write([1], to: path)
            try bench.age(path)
        }
        return paths
    }

    @Test func oldFilesWithoutARowAreFoundAndYoungOnesAreNot() async throws {
        try await Bench.with { bench in
            let upload = try await bench.open([1, 2, 3])
            let paths = try litter(bench, beside: upload)
            try bench.write([1], to: bench.chunk(upload, fence: 10))
            try bench.age(bench.chunk(upload))
            let (findings, state) = try await bench.check()
            #expect(findings.map(\.path) == paths.sorted() && Set(findings.kinds) == [.orphan])
            #expect(state.counts.files == 6 && state.counts.wrong == 4 && state.counts.repaired == 0)
            #expect(try await bench.check { $0.orphanSeconds = 0 }.findings.count == 5)
            #expect(try await bench.check { $0.orphanSeconds = 26 * 3600 }.findings == [])
        }
    }

    @Test func repairRemovesOrphansAndNothingElse() async throws {
        try await Bench.with { bench in
            let upload = try await bench.open([1, 2, 3], tail: 4)
            let damaged = try await bench.published([1, 2, 3])
            try bench.write([1, 2, 4], to: bench.path(damaged))
            let kept = [bench.chunk(upload), bench.path(damaged)]
            for path in kept { try bench.age(path) }
            let strays = ["uploads/00/notes.txt", "blobs/00/.nfs0001"].map { "\(bench.volume.root)/\($0)" }
            for path in strays {
                try bench.write([1], to: path)
                try bench.age(path)
            }
            let orphans = try litter(bench, beside: upload)
            let (findings, state) = try await bench.check { $0.repairs = true }
            let repaired = findings.filter(\.isRepaired)
            #expect(repaired.map(\.path) == orphans.sorted() && repaired.allSatisfy { $0.kind == .orphan })
            #expect(findings.filter { !$0.isRepaired }.kinds == [.blobChecksum, .stray])
            #expect(state.counts.wrong == 2 && state.counts.repaired == 4)
            for path in orphans { #expect(!FileManager.default.fileExists(atPath: path)) }
            for path in kept + strays { #expect(FileManager.default.fileExists(atPath: path)) }
            #expect(bench.volume.bytes("uploads/\("\(upload.id)".prefix(2))/\(upload.id).1")?.count == 7)
        }
    }

    /// Nothing but a row that comes back with its fence could make it so; it is looked at all the same.
    @Test func anOrphanThatIsWrittenToMeanwhileStays() async throws {
        try await Bench.with { bench in
            let upload = try await bench.open([1, 2, 3])
            let path = bench.chunk(upload, fence: 9)
            try bench.write([1], to: path)
            let entry = try #require(
                try (0..<256).flatMap { try bench.volume.volume.entries(inFolder: $0) }
                    .first { $0.kind == .chunk(id: "\(upload.id)", fence: 9) })
            #expect(try !bench.volume.volume.remove(entry, untouchedSince: entry.modified - 1))
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(try bench.volume.volume.remove(entry, untouchedSince: entry.modified))
            #expect(try !bench.volume.volume.remove(entry, untouchedSince: entry.modified))
        }
    }

    @Test func anOrphanThatCannotBeRemovedIsStillWrong() async throws {
        try await Bench.with { bench in
            let upload = try await bench.open([1, 2, 3])
            _ = try litter(bench, beside: upload)
            var stuck = FileOperations.live
            stuck.unlink = { _ throws(SystemFailure) in throw SystemFailure(errno: EROFS) }
            let (findings, state) = try await bench.check(stuck) { $0.repairs = true }
            #expect(findings.count == 4 && state.counts.wrong == 4)
            #expect(findings.allSatisfy { !$0.isRepaired && $0.message.contains("Read-only") })
        }
    }
}
