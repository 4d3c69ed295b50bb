import Chunks
import Foundation
import Testing

@Suite struct EntriesTests {
    let test: TestVolume
    let id = "c7" + randomID().dropFirst(2)

    init() throws {
        test = try TestVolume()
    }

    @Test func filesAreNamedSizedAndDated() throws {
        let before = Int64(Date().timeIntervalSince1970) - 2
        let piece = try test.chunk(id, fence: 12, pattern(5))
        try test.volume.assemble(id: id, attempt: 3, pieces: [piece], from: 0) { _ in }
        let uploads = try test.volume.entries(inFolder: 0xC7)
        #expect(uploads.map(\.kind) == [.chunk(id: id, fence: 12)])
        #expect(uploads.map(\.size) == [5])
        #expect(uploads.allSatisfy { $0.modified >= before && $0.modified <= before + 600 })
        #expect(try test.volume.entries(inFolder: 0xC7 + 256).map(\.kind) == [.part(id: id, attempt: 3)])
        try test.volume.publishPart(id: id, attempt: 3, length: 5)
        #expect(try test.volume.entries(inFolder: 0xC7 + 256).map(\.kind) == [.blob(id: id)])
        #expect(try test.volume.entries(inFolder: 0xC8).isEmpty)
    }

    @Test func namesThatAreNotOursAreUnknownAndStay() throws {
        let names = [
            "hello", ".nfs0000000000000001", id, "\(id).01", "\(id).-1", "\(id).+1", "\(id).", "\(id).1.part",
            "\(id).99999999999999999999", "c8\(id.dropFirst(2)).1", "\(id).1.x",
        ]
        for name in names { test.put("x", at: "uploads/c7/\(name)") }
        try FileManager.default.createDirectory(
            atPath: test.root + "/uploads/c7/\(id).5", withIntermediateDirectories: false)
        let entries = try test.volume.entries(inFolder: 0xC7)
        #expect(entries.count == names.count + 1)
        for entry in entries {
            #expect(entry.kind.isUnknown)
            #expect(code { try test.volume.remove(entry) } == .inputOutput)
        }
        for name in ["\(id).1", "\(id).part", "\(id).1.par", "\(id).01.part", "\(id).1.part.2"] {
            test.put("x", at: "blobs/c7/\(name)")
        }
        #expect(try test.volume.entries(inFolder: 0xC7 + 256).allSatisfy { $0.kind.isUnknown })
    }

    @Test func everyKindIsRemovedByItsEntry() throws {
        let piece = try test.chunk(id, fence: 1, pattern(5))
        try test.volume.assemble(id: id, attempt: 1, pieces: [piece], from: 0) { _ in }
        try test.volume.promote(id: id, piece: piece)
        try test.chunk(id, fence: 2, pattern(5))
        for folder in [0xC7, 0xC7 + 256] {
            let entries = try test.volume.entries(inFolder: folder)
            #expect(entries.count == (folder < 256 ? 1 : 2))
            for entry in entries {
                try test.volume.remove(entry)
                try test.volume.remove(entry)
            }
            #expect(try test.volume.entries(inFolder: folder).isEmpty)
        }
    }

    @Test func aVisitorMayRemoveWhatItSees() throws {
        for fence in 0..<300 { try test.chunk(id, fence: Int64(fence), [1]) }
        var seen = 0
        try test.volume.visitEntries(inFolder: 0xC7) { entry in
            seen += 1
            try test.volume.remove(entry)
        }
        #expect(seen == 300)
        #expect(try test.volume.entries(inFolder: 0xC7).isEmpty)
    }

    @Test func aVisitorsErrorEndsTheVisit() throws {
        struct Stop: Error {}
        try test.chunk(id, fence: 1, [1])
        #expect(throws: Stop.self) { try test.volume.visitEntries(inFolder: 0xC7) { _ in throw Stop() } }
    }

    @Test func everyFolderIsVisitedAndNoOther() throws {
        for index in 0..<512 { #expect(try test.volume.entries(inFolder: index).isEmpty) }
        for index in [-1, 512] { #expect(code { _ = try test.volume.entries(inFolder: index) } == .inputOutput) }
    }
}

extension VolumeEntry.Kind {
    var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}
