import Postgres
import TestSupport
import Testing
import UploadProtocol
import Uploads

/// An upload whose length is told later.
@Suite struct DeferredLengthTests {
    private static let name = ItemReservation(stem: "note", suffix: ".txt")

    @Test func theLengthIsKeptBeforeTheFirstByteAndNeverChanges() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample(length: nil))
            _ = try await node.uploads.checkpoint(claim, offset: 4)
            let known = try await node.uploads.setLength(10, of: claim)
            #expect(known.length == 10 && known.fence == claim.fence)
            let row = try #require(try await node.uploads.find(upload.id))
            #expect(row.length == 10 && row.offset == 4 && row.state == .open)
            _ = try await node.uploads.setLength(10, of: claim)
            #expect(try await refusal { _ = try await node.uploads.setLength(11, of: claim) } == .claimLost)
            #expect(try await node.uploads.find(upload.id)?.length == 10)
        }
    }

    @Test func aWriterThatLostItsClaimCannotSetTheLength() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample(length: nil))
            await node.uploads.abandon(claim)
            #expect(try await refusal { _ = try await node.uploads.setLength(10, of: claim) } == .claimLost)
            let next = try await node.uploads.claim(upload.id, in: upload.folder, owner: "ann", at: 0)
            #expect(next.length == nil)
            #expect(try await node.uploads.setLength(20, of: next).length == 20)
        }
    }

    /// Else a crash in between would leave an upload that has all its bytes and no job.
    @Test func aLengthThatIsReachedAlreadyIsKeptWithTheCompletionOnly() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample(length: nil))
            _ = try await node.uploads.checkpoint(claim, offset: 7)
            _ = try await node.uploads.release(claim, offset: 7)
            let next = try await node.uploads.claim(upload.id, in: upload.folder, owner: "ann", at: 7)
            let known = try await node.uploads.setLength(7, of: next)
            #expect(known.length == 7)
            #expect(try await node.uploads.find(upload.id)?.length == nil)
            let complete = try await node.uploads.complete(known, offset: 7, as: Self.name)
            #expect(complete.state == .complete && complete.length == 7 && complete.offset == 7)
            #expect(try await node.database.value("SELECT bytes_total FROM job") == "7")
        }
    }

    @Test func itCountsForTheQuotaWithTheBytesThatItHas() async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await node.uploads.createClaimed(.sample(length: nil))
            #expect(try await node.uploads.unfinished(of: "ann") == (1, 0))
            _ = try await node.uploads.checkpoint(claim, offset: 7)
            #expect(try await node.uploads.unfinished(of: "ann") == (1, 7))
            _ = try await node.uploads.setLength(9, of: claim)
            #expect(try await node.uploads.unfinished(of: "ann") == (1, 9))
        }
    }
}
