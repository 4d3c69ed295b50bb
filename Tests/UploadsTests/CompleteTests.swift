import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
import Uploads

/// The last byte: one item is reserved and one job queued, whatever is repeated and whoever else does the same.
@Suite struct CompleteTests {
    private static let name = ItemReservation(stem: "note", suffix: ".txt")

    /// An upload whose last byte is there, but not committed.
    private static func full(
        _ node: TestNode, _ new: NewUpload = .sample(length: 10)
    ) async throws -> (upload: Upload, claim: Claim) {
        try await node.uploads.createClaimed(new)
    }

    private static func names(_ database: MigratedDatabase) async throws -> [String?] {
        try await database.texts("SELECT name FROM item WHERE parent_id IS NOT NULL ORDER BY name")
    }

    @Test func itReservesTheNameAndQueuesTheJob() async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await Self.full(node)
            let upload = try await node.uploads.complete(claim, offset: 10, as: Self.name)
            #expect(upload.state == .complete && upload.offset == 10 && upload.lease == nil && upload.item != nil)
            #expect(upload.chunks.whole == 1)
            let item = try #require(upload.item)
            let row = try await node.database.texts(
                """
                SELECT concat_ws('|', name, kind, state, title, owner, filename, content_type, id = '\(item)',
                    replace(upload_id::text, '-', '')) FROM item WHERE parent_id IS NOT NULL
                """)
            #expect(row == ["note.txt|File|reserved|note.txt|ann|note.txt|text/plain|t|\(upload.id)"])
            let job = try await node.database.texts(
                "SELECT concat_ws('|', state, attempt, failures, bytes_total, bytes_done, priority) FROM job")
            #expect(job == ["queued|0|0|10|0|0"])
        }
    }

    @Test func itIsToldToTheWorkers() async throws {
        try await TestNode.pair { node, other in
            let events = other.listener.events(on: "tussock_jobs")
            var heard = events.makeAsyncIterator()
            #expect(await heard.next() == .gap)
            let (_, claim) = try await Self.full(node)
            _ = try await node.uploads.complete(claim, offset: 10, as: Self.name)
            #expect(await heard.next() == .notification(channel: "tussock_jobs", payload: ""))
        }
    }

    @Test(arguments: [(10, 0), (16 << 20, 0), ((16 << 20) + 1, 1), (1 << 30, 1), ((1 << 30) + 1, 2)] as [(Int64, Int)])
    func smallFilesGoFirst(length: Int64, priority: Int) async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await Self.full(node, .sample(length: length))
            _ = try await node.uploads.complete(claim, offset: length, as: Self.name)
            #expect(try await node.database.value("SELECT priority FROM job") == "\(priority)")
        }
    }

    @Test func withoutTheLastByteNothingIsCompleted() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await Self.full(node)
            #expect(
                try await refusal { try await node.uploads.complete(claim, offset: 9, as: Self.name) } == .claimLost)
            #expect(try await node.uploads.find(upload.id)?.state == .open)
            #expect(try await node.database.value("SELECT count(*) FROM job") == "0")
        }
    }

    @Test func aSecondFileOfTheSameNameGetsANumber() async throws {
        try await TestNode.alone { node in
            for _ in 0..<3 {
                let (_, claim) = try await Self.full(node)
                _ = try await node.uploads.complete(claim, offset: 10, as: Self.name)
            }
            #expect(try await Self.names(node.database) == ["note-1.txt", "note-2.txt", "note.txt"])
        }
    }

    @Test func the20thOfOneNameAtTheSameMomentHasANameOfItsOwn() async throws {
        try await TestNode.alone(poolSize: 8) { node in
            var claims: [Claim] = []
            for _ in 0..<20 { claims.append(try await Self.full(node).claim) }
            try await withThrowingTaskGroup { group in
                for claim in claims {
                    group.addTask { _ = try await node.uploads.complete(claim, offset: 10, as: Self.name) }
                }
                try await group.waitForAll()
            }
            let expected = Set((1...19).map { "note-\($0).txt" } + ["note.txt"])
            let names = try await Self.names(node.database).compactMap(\.self)
            #expect(names.count == 20 && Set(names) == expected)
            #expect(try await node.database.value("SELECT count(DISTINCT upload_id) FROM job") == "20")
        }
    }

    @Test func when101NamesAreTakenTheTimeMakesOne() async throws {
        try await TestNode.alone { node in
            try await node.database.script(
                """
                INSERT INTO item (id, parent_id, name, kind, state, owner)
                SELECT gen_random_uuid(), '\(NewUpload.root)', CASE n WHEN 0 THEN 'note.txt'
                    ELSE 'note-' || n || '.txt' END, 'Folder', 'published', 'ann' FROM generate_series(0, 100) AS n
                """)
            let (_, claim) = try await Self.full(node)
            _ = try await node.uploads.complete(claim, offset: 10, as: Self.name)
            let name = try #require(try await node.database.value("SELECT name FROM item WHERE kind = 'File'"))
            #expect(name.wholeMatch(of: /note-\d{16}\.txt/) != nil)
        }
    }

    @Test func theLongestNameLeavesRoomForItsNumber() async throws {
        try await TestNode.alone { node in
            let name = ItemReservation(stem: String(repeating: "x", count: 246), suffix: ".jpeg")
            for _ in 0..<2 {
                let (_, claim) = try await Self.full(node)
                _ = try await node.uploads.complete(claim, offset: 10, as: name)
            }
            let names = try await Self.names(node.database).compactMap(\.self)
            #expect(names.map(\.utf8.count).max() == 251 && names.count == 2)
        }
    }

    @Test func aReplacedFileKeepsItsNameAndItsItem() async throws {
        try await TestNode.alone { node in
            let (_, first) = try await Self.full(node)
            let item = try #require(try await node.uploads.complete(first, offset: 10, as: Self.name).item)
            let (_, second) = try await Self.full(node, .sample(folder: item, replaces: true))
            let upload = try await node.uploads.complete(second, offset: 10, as: Self.name)
            #expect(upload.item == item)
            #expect(try await Self.names(node.database) == ["note.txt"])
            #expect(try await node.database.value("SELECT count(*) FROM job") == "2")
        }
    }

    @Test func aFolderThatIsNotThereTakesNoUpload() async throws {
        try await TestNode.alone { node in
            let new = NewUpload.sample(folder: UUID())
            #expect(try await refusal { try await node.uploads.create(new) } == .notFound)
            let claimed = try await refusal { try await node.uploads.createClaimed(new).0 }
            #expect(claimed == .notFound)
            #expect(try await node.database.value("SELECT count(*) FROM upload") == "0")
        }
    }

    @Test func aFolderThatHasGoneIsTold() async throws {
        try await TestNode.alone { node in
            let folder = UUID()
            try await node.database.script(
                """
                INSERT INTO item (id, parent_id, name, kind, state, owner)
                VALUES ('\(folder)', '\(NewUpload.root)', 'gone', 'Folder', 'published', 'ann')
                """)
            let (upload, claim) = try await Self.full(node, .sample(folder: folder))
            try await node.database.script("DELETE FROM item WHERE id = '\(folder)'")
            #expect(
                try await refusal { try await node.uploads.complete(claim, offset: 10, as: Self.name) } == .folderGone)
            #expect(try await node.uploads.find(upload.id)?.state == .open)
        }
    }

    @Test func theSecondTimeNothingHappens() async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await Self.full(node)
            let upload = try await node.uploads.complete(claim, offset: 10, as: Self.name)
            #expect(
                try await refusal { try await node.uploads.complete(claim, offset: 10, as: Self.name) } == .claimLost)
            let again = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: "ann", at: 10)
            }
            let row = try #require(try await node.uploads.find(upload.id))
            #expect(again == .alreadyComplete(row))
            let elsewhere = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: "ann", at: 4)
            }
            #expect(elsewhere == .offsetMoved(current: 10))
            #expect(try await node.database.value("SELECT count(*) FROM job") == "1")
            #expect(try await Self.names(node.database).count == 1)
        }
    }

    @Test func terminationOfACompleteUploadLeavesItsJobAlone() async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await Self.full(node)
            let upload = try await node.uploads.complete(claim, offset: 10, as: Self.name)
            try await node.uploads.terminate(upload.id) { _ in }
            let row = try await node.uploads.find(upload.id)
            #expect(row?.state == .complete && row?.isRemoved == true)
            #expect(try await node.database.value("SELECT state FROM job") == "queued")
        }
    }
}
