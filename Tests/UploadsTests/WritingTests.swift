import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

@Suite struct WritingTests {
    private static let name = ItemReservation(stem: "note", suffix: ".txt")

    @Test func aCheckpointMovesTheOffsetAndKeepsTheClaim() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            let trusted = try await node.uploads.checkpoint(claim, offset: 4)
            #expect(trusted >= claim.trustedUntil)
            let row = try #require(try await node.uploads.find(upload.id))
            #expect(row.offset == 4 && row.lease?.isLive == true && row.fence == claim.fence)
        }
    }

    @Test func theOffsetNeverFalls() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            _ = try await node.uploads.checkpoint(claim, offset: 6)
            #expect(try await refusal { try await node.uploads.checkpoint(claim, offset: 5) } == .claimLost)
            #expect(try await refusal { try await node.uploads.release(claim, offset: 0) } == .claimLost)
            #expect(try await node.uploads.find(upload.id)?.offset == 6)
        }
    }

    /// Else HEAD would tell that all is there, while no job was ever queued.
    @Test(arguments: [10, 11] as [Int64]) func theLastByteCountsOnlyWithTheCompletion(offset: Int64) async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample(length: 10))
            _ = try await node.uploads.checkpoint(claim, offset: offset)
            #expect(try await node.uploads.find(upload.id)?.offset == 9)
            let released = try await node.uploads.release(claim, offset: offset)
            #expect(released.offset == 9 && released.state == .open)
        }
    }

    @Test func anEmptyUploadIsReleasedAtNull() async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await node.uploads.createClaimed(.sample(length: 0))
            #expect(try await node.uploads.release(claim, offset: 0).offset == 0)
        }
    }

    @Test func anAbandonedClaimIsFreeAtOnceForAFileOfItsOwn() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            _ = try await node.uploads.checkpoint(claim, offset: 4)
            await node.uploads.abandon(claim)
            #expect(try await refusal { try await node.uploads.release(claim, offset: 5) } == .claimLost)
            let next = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 4)
            #expect(next.chunk == Claim.Chunk(fence: next.fence, start: 4) && node.forcedClaims == 0)
        }
    }

    @Test func bytesProlongTheUploadsLifeAndALookDoesNot() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample(expireSeconds: 3600))
            try await node.database.script("UPDATE upload SET expires_at = now() + interval '5 seconds'")
            _ = try await node.uploads.checkpoint(claim, offset: 0)
            let before = try #require(try await node.uploads.find(upload.id))
            #expect(before.expires < Date() + 60)
            _ = try await node.uploads.checkpoint(claim, offset: 1)
            let after = try #require(try await node.uploads.find(upload.id))
            #expect(after.expires > Date() + 3000)
        }
    }

    @Test func afterACleanHandOverTheNextWriterGoesOnInTheSameFile() async throws {
        try await TestNode.alone { node in
            let (upload, first) = try await node.uploads.createClaimed(.sample())
            let released = try await node.uploads.release(first, offset: 4)
            #expect(released.lease == nil && released.chunks.isClean && released.offset == 4)
            let second = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 4)
            #expect(second.fence == 2 && second.chunk == Claim.Chunk(fence: 1, start: 0))
            let row = try await node.uploads.find(upload.id)
            #expect(row?.chunks.fences == [1] && row?.chunks.starts == [0])
        }
    }

    @Test func afterAForcedOneTheNextWriterOpensItsOwnFile() async throws {
        try await TestNode.alone(leaseSeconds: 0) { node in
            let (upload, first) = try await node.uploads.createClaimed(.sample())
            _ = try await node.uploads.checkpoint(first, offset: 4)
            let second = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 4)
            #expect(second.chunk == Claim.Chunk(fence: second.fence, start: 4) && second.fence > first.fence)
            let row = try await node.uploads.find(upload.id)
            #expect(row?.chunks.fences == [1, second.fence] && row?.chunks.starts == [0, 4])
        }
    }

    @Test func aHolderThatLostItsClaimCanDoNoMore() async throws {
        try await TestNode.alone(leaseSeconds: 0) { node in
            let (upload, old) = try await node.uploads.createClaimed(.sample())
            let new = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0)
            #expect(try await refusal { try await node.uploads.checkpoint(old, offset: 10) } == .claimLost)
            #expect(try await refusal { try await node.uploads.release(old, offset: 10) } == .claimLost)
            #expect(
                try await refusal { try await node.uploads.complete(old, offset: 10, as: Self.name) } == .claimLost)
            let row = try await node.uploads.find(upload.id)
            #expect(row?.offset == 0 && row?.fence == new.fence && row?.lease?.node == node.id)
            #expect(try await node.uploads.release(new, offset: 3).offset == 3)
        }
    }

    @Test func aHolderThatReleasedCanDoNoMore() async throws {
        try await TestNode.alone { node in
            let (_, claim) = try await node.uploads.createClaimed(.sample())
            _ = try await node.uploads.release(claim, offset: 4)
            #expect(try await refusal { try await node.uploads.checkpoint(claim, offset: 5) } == .claimLost)
            #expect(
                try await refusal { try await node.uploads.complete(claim, offset: 10, as: Self.name) } == .claimLost)
        }
    }

    @Test func terminationMakesTheWriterStopFirst() async throws {
        try await TestNode.alone(patience: .seconds(60)) { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            let holder = Holder(claim, on: node, committing: 6)
            try await node.uploads.terminate(upload.id) { _ in }
            #expect(holder.wasAsked)
            let row = try await node.uploads.find(upload.id)
            #expect(row?.state == .terminated && row?.offset == 6)
        }
    }

    @Test func aRefusedTerminationDisturbsNobody() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            let holder = Holder(claim, on: node, committing: 6)
            let error = try await refusal {
                try await node.uploads.terminate(upload.id) { _ in throw UploadError.forbidden }
            }
            #expect(error == .forbidden && !holder.wasAsked)
            _ = try await node.uploads.checkpoint(claim, offset: 2)
        }
    }

    @Test func anUnknownUploadCannotBeTerminated() async throws {
        try await TestNode.alone { node in
            let error = try await refusal { try await node.uploads.terminate(.random()) { _ in } }
            #expect(error == .notFound)
        }
    }
}
