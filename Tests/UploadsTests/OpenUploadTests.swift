import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

/// The short look of HEADs: what it finds, and what goes the usual way.
@Suite struct OpenUploadTests {
    private static func find(_ id: UploadID, _ node: TestNode) async throws -> OpenUpload? {
        try await withCheckedThrowingContinuation { continuation in
            node.uploads.findOpen(id) { continuation.resume(with: $0) }
        }
    }

    @Test func anOpenUploadIsFoundAsItStands() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let (deferred, part) = (NewUpload.sample(length: nil), try await node.uploads.create(.sample()))
            _ = try await node.uploads.create(deferred)
            try await node.database.script(
                #"UPDATE upload SET "offset" = 7, concat = 'partial' WHERE id = '\#(part.id)'"#)
            let found = try #require(try await Self.find(upload.id, node))
            #expect(found.id == upload.id && found.folder == upload.folder && found.owner == "ann")
            #expect(found.length == 10 && found.offset == 0 && found.metadata == upload.metadata)
            #expect(found.concat == nil && found.expires == upload.expires)
            let ofPart = try #require(try await Self.find(part.id, node))
            #expect(ofPart.offset == 7 && ofPart.concat == "partial")
            #expect(try #require(try await Self.find(deferred.id, node)).length == nil)
            #expect(try await Self.find(.random(), node) == nil)
        }
    }

    @Test func whoAsksAtTheSameTimeIsToldOfHisOwn() async throws {
        try await TestNode.alone { node in
            var ids: [UploadID] = []
            for length in 0..<20 { ids.append(try await node.uploads.create(.sample(length: Int64(length))).id) }
            let lengths = Dictionary(ids.enumerated().map { ($1, Int64($0)) }) { $1 }
            let asked = (0..<10).flatMap { _ in ids + [.random()] }
            try await withThrowingTaskGroup { group in
                for id in asked { group.addTask { (id, try await Self.find(id, node)) } }
                for try await (id, found) in group { #expect(found?.length == lengths[id]) }
            }
        }
    }

    @Test(arguments: [
        "lease_node = 'elsewhere', lease_until = now() + interval '1 minute'",
        "lease_node = 'elsewhere', lease_until = now() - interval '1 minute'",
        "turn = claimed_turn + 1",
        "expires_at = now() - interval '1 second'",
        "removed_at = now()",
        "state = 'terminated', removed_at = now()",
        "state = 'failed'",
        #"state = 'complete', "offset" = 10, item_id = gen_random_uuid()"#,
        #"state = 'complete', "offset" = 10, concat = 'partial'"#,
        "concat = 'final;/@upload/1'",
        "dialect = 'draft'",
    ])
    func oneOfWhichThereIsMoreToTellGoesTheUsualWay(change: String) async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            #expect(try await Self.find(upload.id, node) != nil)
            try await node.database.script("UPDATE upload SET \(change) WHERE id = '\(upload.id)'")
            #expect(try await Self.find(upload.id, node) == nil)
        }
    }
}
