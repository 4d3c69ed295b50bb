import Chunks
import Content
import Foundation
import Glibc
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

@Suite struct SweeperTests {
    @Test func whatHasOutlivedItsTimeIsExpiredAndItsFilesGo() async throws {
        try await Workshop.with { shop in
            let (upload, claim) = try await shop.node.uploads.createClaimed(.sample())
            try shop.volume.append(pattern(4), to: "\(upload.id)", fence: 1)
            _ = try await shop.node.uploads.release(claim, offset: 4)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.node.uploads.find(upload.id)?.state == .open)
            #expect(shop.volume.files().count == 1)
            try await shop.expire(upload)
            #expect(try await shop.sweeper().runOnce(folders: []))
            let row = try await shop.node.uploads.find(upload.id)
            #expect(row?.state == .expired && row?.isRemoved == true && row?.offset == 4)
            #expect(shop.volume.files().isEmpty)
        }
    }

    @Test func aLiveWriterIsNotExpiredAndADeadOneIs() async throws {
        try await Workshop.with { shop in
            let (upload, _) = try await shop.node.uploads.createClaimed(.sample())
            try await shop.expire(upload)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.node.uploads.find(upload.id)?.state == .open)
            try await shop.database.script("UPDATE upload SET lease_until = now() - interval '1 second'")
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.node.uploads.find(upload.id)?.state == .expired)
        }
    }

    @Test func anUploadWhoseJobIsUnderWayIsNeverExpired() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            try await shop.expire(upload)
            #expect(try await shop.sweeper().runOnce(folders: Array(0..<512)))
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(10))
        }
    }

    @Test func theFilesOfATerminatedUploadGo() async throws {
        try await Workshop.with { shop in
            let (upload, claim) = try await shop.node.uploads.createClaimed(.sample())
            try shop.volume.append(pattern(4), to: "\(upload.id)", fence: 1)
            _ = try await shop.node.uploads.release(claim, offset: 4)
            try await shop.node.uploads.terminate(upload.id) { _ in }
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(shop.volume.files().isEmpty)
        }
    }

    @Test func theBytesOfAFailedUploadStayUntilItExpires() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10), pattern(10)])
            try await shop.database.script("UPDATE job SET max_attempts = 1")
            _ = try await shop.claimOnly()
            try await shop.worker().rescue()
            #expect(try await shop.sweeper().runOnce(folders: Array(0..<512)))
            #expect(shop.volume.files().count == 2)
            try await shop.expire(upload)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(shop.volume.files().isEmpty)
        }
    }

    @Test func theTombstoneOfAFinishedUploadGoesTheItemStays() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            _ = await shop.worker().runOnce()
            try await shop.expire(upload)
            #expect(try await shop.sweeper { $0.keepSeconds = 0 }.runOnce(folders: Array(0..<512)))
            #expect(try await shop.node.uploads.find(upload.id) == nil)
            #expect(try await shop.database.value("SELECT count(*) FROM job") == "0")
            #expect(try await shop.item(upload.item)?.state == .published)
            #expect(shop.volume.blob("\(upload.id)") == pattern(10))
        }
    }

    @Test func rowsThatAnswer410AreKeptForTheirTime() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.node.uploads.create(.sample())
            try await shop.node.uploads.terminate(upload.id) { _ in }
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.node.uploads.find(upload.id)?.isRemoved == true)
            #expect(try await shop.sweeper { $0.keepSeconds = 0 }.runOnce(folders: []))
            #expect(try await shop.node.uploads.find(upload.id) == nil)
        }
    }

    @Test func chunksThatAWorkerLeftAfterPublishingGo() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10), pattern(10)])
            var stuck = FileOperations.live
            stuck.unlink = { path throws(SystemFailure) in
                if path.contains("/uploads/") { throw SystemFailure(errno: EIO) }
                try FileOperations.live.unlink(path)
            }
            #expect(await shop.worker(stuck).runOnce() == 1)
            try await shop.expectPublished(upload, pattern(10) + pattern(10))
            #expect(shop.volume.files().count == 3)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
        }
    }

    @Test func theFileOfADeletedItemGoesAfterTheGrace() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            _ = await shop.worker().runOnce()
            let item = try #require(try await shop.item(upload.item))
            try await ContentStore(pool: shop.node.pool).delete(item)
            #expect(try await shop.sweeper().runOnce(folders: Array(0..<512)))
            #expect(shop.volume.blob("\(upload.id)") == pattern(10))
            try await shop.database.script("UPDATE blob SET deleted_at = now() - interval '61 seconds'")
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(shop.volume.files().isEmpty)
            #expect(try await shop.database.value("SELECT count(*) FROM blob") == "0")
        }
    }

    @Test func filesWithoutARowGoOnceTheyAreOldAndNothingElse() async throws {
        try await Workshop.with { shop in
            let (known, claim) = try await shop.node.uploads.createClaimed(.sample())
            try shop.volume.append(pattern(4), to: "\(known.id)", fence: 1)
            _ = try await shop.node.uploads.release(claim, offset: 4)
            let published = try await shop.complete([pattern(10)])
            _ = await shop.worker().runOnce()
            let (id, prefix) = ("\(known.id)", "\(known.id)".prefix(2))
            let old = [
                "uploads/\(prefix)/\(id).9", "blobs/\(prefix)/\(id)", "blobs/\(prefix)/\(id).3.part",
                "uploads/\(prefix)/notes.txt", "blobs/\(prefix)/.nfs0001",
            ]
            let young = "uploads/\(prefix)/\(id).10"
            for path in old + [young] { shop.volume.put("x", at: path) }
            for path in old + ["uploads/\(prefix)/\(id).1", "blobs/\("\(published.id)".prefix(2))/\(published.id)"] {
                try shop.volume.age(path, seconds: 25 * 3600)
            }
            #expect(try await shop.sweeper().runOnce(folders: Array(0..<512)))
            let left: Set<String> = [
                "uploads/\(id).1", "uploads/\(id).10", "uploads/notes.txt", "blobs/.nfs0001", "blobs/\(published.id)",
            ]
            #expect(shop.volume.files() == left)
        }
    }

    @Test func whatAJobStillNeedsIsNoOrphanHoweverOld() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10), pattern(10)])
            let pieces = upload.chunks.pieces.map { ChunkPiece(fence: $0.fence, length: $0.length) }
            let job = try #require(try await shop.claimOnly().first)
            _ = try shop.volume.volume.copyStep(
                id: "\(upload.id)", attempt: job.attempt, pieces: pieces, from: 0, atMost: 5)
            #expect(try await shop.sweeper { $0.orphanSeconds = -60 }.runOnce(folders: Array(0..<512)))
            #expect(shop.volume.files().count == 3)
            try await Finalization(job, shop.parts()).run()
            try await shop.expectPublished(upload, pattern(10) + pattern(10))
        }
    }

    /// Another disk came up under the same path: its files are not known here, and none of them is ours to remove.
    @Test(arguments: [true, false]) func anotherVolumeIsNotSwept(isAnother: Bool) async throws {
        try await Workshop.with { shop in
            try await shop.terminated()
            let id = "\(UploadID.random())"
            let path = "blobs/\(id.prefix(2))/\(id)"
            shop.volume.put("somebody's", at: path)
            try shop.volume.age(path, seconds: 25 * 3600)
            var parts = shop.parts()
            if isAnother { parts.identity = String(repeating: "7", count: 32) }
            _ = try? await Sweeper(parts).runOnce(folders: Array(0..<512))
            #expect(shop.volume.files().isEmpty == !isAnother)
            let isSwept = try await shop.database.value("SELECT swept_at IS NOT NULL FROM upload")
            #expect(isSwept == (isAnother ? "false" : "true"))
        }
    }

    @Test func oneSweepsAtATime() async throws {
        try await Workshop.with { shop in
            try await shop.terminated()
            let (inside, go) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            var slow = FileOperations.live
            slow.unlink = { path throws(SystemFailure) in
                inside.continuation.yield()
                go.wait()
                try FileOperations.live.unlink(path)
            }
            let first = Task { [sweeper = shop.sweeper(slow)] in try await sweeper.runOnce(folders: []) }
            for await _ in inside.stream { break }
            #expect(try await shop.sweeper().runOnce(folders: []) == false)
            go.signal()
            #expect(try await first.value)
            #expect(try await shop.sweeper().runOnce(folders: []))
        }
    }

    @Test func aSweepThatFailsLetsAnotherSweep() async throws {
        try await Workshop.with { shop in
            let noFolder = 512
            await #expect(throws: ChunkError.self) { try await shop.sweeper().runOnce(folders: [noFolder]) }
            // One connection keeps the lock, the other one works.
            let other = shop.database.anotherPool(size: 2)
            var parts = shop.parts()
            parts.pool = other
            let sweeper = Sweeper(parts)
            // The lock ends with its connection, which the server notices a moment later.
            try await eventually("another sweeps") { try await sweeper.runOnce(folders: []) }
            await other.close()
        }
    }

    @Test func aSweepThatIsStoppedLetsAnotherSweep() async throws {
        try await Workshop.with { shop in
            let pool = shop.database.anotherPool(size: 2)
            try await shop.terminated()
            let (inside, go) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            var slow = FileOperations.live
            slow.unlink = { _ throws(SystemFailure) in
                inside.continuation.yield()
                go.wait()
            }
            var parts = shop.parts(slow)
            parts.pool = pool
            let stopped = Task { [parts] in try await Sweeper(parts).runOnce(folders: []) }
            for await _ in inside.stream { break }
            stopped.cancel()
            go.signal()
            await #expect(throws: (any Error).self) { try await stopped.value }
            // The lock ends with its connection, which the server notices a moment later.
            try await eventually("another sweeps") { try await shop.sweeper().runOnce(folders: []) }
            await pool.close()
        }
    }

    /// 500 are one batch.
    @Test func whatCannotBeRemovedHoldsUpNothingElse() async throws {
        try await Workshop.with { shop in
            try await shop.database.script(
                """
                INSERT INTO upload (id, folder_id, owner, state, filename, content_type, kind, expire_seconds,
                    expires_at, removed_at, chunk_fences, chunk_starts)
                SELECT overlay(md5(n::text) PLACING CASE n WHEN 0 THEN 'ff' ELSE '00' END FROM 1)::uuid,
                    gen_random_uuid(), 'ann', 'terminated', 'a', 'text/plain', 'File', 1, now(), now(), '{1}', '{0}'
                FROM generate_series(0, 500) AS n
                """)
            var damaged = FileOperations.live
            damaged.unlink = { path throws(SystemFailure) in
                if path.contains("/uploads/00/") { throw SystemFailure(errno: EIO) }
                try FileOperations.live.unlink(path)
            }
            #expect(try await shop.sweeper(damaged).runOnce(folders: []))
            #expect(try await shop.database.value("SELECT count(*) FROM upload WHERE swept_at IS NOT NULL") == "1")
        }
    }

    @Test func manyUploadsAreSweptInBatches() async throws {
        try await Workshop.with { shop in
            try await shop.database.script(
                """
                INSERT INTO upload (id, folder_id, owner, filename, content_type, kind, expire_seconds, expires_at)
                SELECT gen_random_uuid(), gen_random_uuid(), 'ann', 'a', 'text/plain', 'File', 1, now()
                FROM generate_series(1, 1200)
                """)
            #expect(try await shop.sweeper { $0.keepSeconds = 0 }.runOnce(folders: []))
            #expect(try await shop.database.value("SELECT count(*) FROM upload") == "0")
        }
    }
}

extension Workshop {
    /// An upload whose chunk is to be removed.
    fileprivate func terminated() async throws {
        let (upload, claim) = try await node.uploads.createClaimed(.sample())
        _ = try await node.uploads.release(claim, offset: 4)
        try await node.uploads.terminate(upload.id) { _ in }
    }

    fileprivate func expire(_ upload: Upload) async throws {
        try await database.script(
            "UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = '\(upload.id)'")
    }
}

extension TemporaryVolume {
    fileprivate func put(_ text: String, at path: String) {
        _ = FileManager.default.createFile(atPath: "\(root)/\(path)", contents: Data(text.utf8))
    }

    fileprivate func age(_ path: String, seconds: TimeInterval) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: "\(root)/\(path)")
    }
}
