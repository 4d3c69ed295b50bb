import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

@Suite struct ClaimTests {
    @Test func aNewUploadIsOpenAndNobodysAtOffsetNull() async throws {
        try await TestNode.alone { node in
            let new = NewUpload.sample()
            let upload = try await node.uploads.create(new)
            #expect(upload.id == new.id && upload.state == .open && upload.offset == 0 && upload.length == 10)
            #expect(upload.lease == nil && upload.fence == 0 && upload.chunks.fences.isEmpty && !upload.isRemoved)
            #expect(upload.metadata == new.metadata && upload.filename == "note.txt" && upload.owner == "ann")
            #expect(try await node.uploads.find(new.id) == upload)
        }
    }

    @Test func itsLengthMayBeDeferred() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample(length: nil))
            #expect(upload.length == nil)
            let claim = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0)
            #expect(claim.length == nil)
        }
    }

    @Test func anUploadThatComesWithABodyIsClaimedFromItsBirth() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            #expect(upload.lease == Upload.Lease(node: node.id, isLive: true))
            #expect(claim.fence == 1 && claim.offset == 0 && claim.chunk == Claim.Chunk(fence: 1, start: 0))
            #expect(upload.chunks.fences == [1] && upload.chunks.starts == [0])
        }
    }

    @Test func aClaimRaisesTheFenceAndNamesTheFile() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let claim = try await node.uploads.claim(upload.id, in: upload.folder, owner: "ann", at: 0)
            #expect(claim.fence == 1 && claim.length == 10 && claim.chunk == Claim.Chunk(fence: 1, start: 0))
            #expect(claim.trustedUntil > .now && claim.trustedUntil < .now + .seconds(30))
            let row = try await node.uploads.find(upload.id)
            #expect(row?.lease?.node == node.id && row?.chunks.isClean == false)
        }
    }

    @Test func aClaimAtAnotherOffsetIsToldTheCurrentOne() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let error = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 3)
            }
            #expect(error == .offsetMoved(current: 0))
            #expect(try await node.uploads.find(upload.id)?.fence == 0)
        }
    }

    @Test func anotherUsersUploadIsForbiddenUnlessOneMayWriteAnybodys() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample(owner: "ann"))
            let error = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: "ben", at: 0)
            }
            #expect(error == .forbidden)
            #expect(try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0).fence == 1)
        }
    }

    @Test func anUploadIsFoundInItsOwnFolderOnly() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let error = try await refusal {
                try await node.uploads.claim(upload.id, in: UUID(), owner: "ben", at: 7)
            }
            #expect(error == .notFound)
            let unknown = try await refusal {
                try await node.uploads.claim(.random(), in: upload.folder, owner: nil, at: 0)
            }
            #expect(unknown == .notFound)
        }
    }

    @Test func anExpiredUploadIsGoneBeforeTheSweeperMarksIt() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            try await node.database.script("UPDATE upload SET expires_at = now() - interval '1 second'")
            let error = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: "ann", at: 0)
            }
            #expect(error == .gone)
            #expect(try await node.uploads.find(upload.id)?.isRemoved == true)
        }
    }

    @Test func aRunningWriterOutlivesTheExpiry() async throws {
        try await TestNode.alone { node in
            let (upload, claim) = try await node.uploads.createClaimed(.sample())
            try await node.database.script("UPDATE upload SET expires_at = now() - interval '1 second'")
            #expect(try await node.uploads.find(upload.id)?.isRemoved == false)
            let released = try await node.uploads.release(claim, offset: 4)
            #expect(!released.isRemoved && released.expires > Date())
        }
    }

    @Test func aTerminatedUploadIsGone() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            try await node.uploads.terminate(upload.id) { _ in }
            let row = try await node.uploads.find(upload.id)
            #expect(row?.state == .terminated && row?.isRemoved == true && row?.finished != nil)
            let error = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0)
            }
            #expect(error == .gone)
        }
    }

    @Test func aFailedUploadSaysWhy() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            try await node.database.script("UPDATE upload SET state = 'failed', reason = 'bytes are missing'")
            let error = try await refusal {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0)
            }
            #expect(error == .failed(reason: "bytes are missing"))
        }
    }

    @Test func unfinishedUploadsAreCountedWithTheBytesThatTheyAnnounce() async throws {
        try await TestNode.alone { node in
            let before = try await node.uploads.unfinished(of: "ann")
            #expect(before.uploads == 0 && before.bytes == 0)
            _ = try await node.uploads.create(.sample(length: 10))
            let (_, claim) = try await node.uploads.createClaimed(.sample(length: nil))
            _ = try await node.uploads.release(claim, offset: 7)
            _ = try await node.uploads.create(.sample(length: 100, owner: "ben"))
            let ended = try await node.uploads.create(.sample(length: 1000))
            try await node.uploads.terminate(ended.id) { _ in }
            let after = try await node.uploads.unfinished(of: "ann")
            #expect(after.uploads == 2 && after.bytes == 17)
        }
    }

    @Test func theVolumesIdentityIsDecidedOnceForAllProcesses() async throws {
        try await TestNode.alone { node in
            let installation = Installation(pool: node.pool)
            let identities = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await installation.volume().identity } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            let identity = try #require(identities.first)
            #expect(identities.count == 1 && UploadID(identity) != nil)
            #expect(try await installation.volume().isMade == false)
            try await installation.volumeIsMade(identity)
            let made = try await installation.volume()
            #expect(made.identity == identity && made.isMade)
        }
    }
}
