import Chunks
import Content
import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

@Suite struct PublishingTests {
    @Test func oneChunkBecomesTheItemByARename() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(1000)])
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(1000))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
            #expect(try await shop.database.value("SELECT swept_at IS NOT NULL FROM upload") == "true")
        }
    }

    @Test func severalChunksAreJoinedAndRemoved() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(1000), pattern(1, seed: 1), pattern(70_000, seed: 2)])
            #expect(upload.chunks.pieces.count == 3)
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(1000) + pattern(1, seed: 1) + pattern(70_000, seed: 2))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
        }
    }

    @Test func aChunkBehindAnEmptyOneIsRenamedToo() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([[], pattern(500)])
            #expect(upload.chunks.whole != nil && upload.chunks.fences.count == 2)
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(500))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
        }
    }

    @Test func theChunkOfAnOustedWriterIsCopiedThoughItHasAllBytes() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(500)])
            // The last claim was taken by force and brought nothing more.
            try await shop.database.script("UPDATE upload SET chunk_fences = '{1,2}', chunk_starts = '{0,500}'")
            let row = try await shop.node.uploads.find(upload.id)
            #expect(row?.chunks.pieces.count == 1 && row?.chunks.whole == nil)
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(500))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
        }
    }

    @Test func noBytesAreAFileToo() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([[]])
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, [])
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
        }
    }

    @Test func theReservedItemIsSeenAsSuchAndListedOncePublished() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(5)])
            let content = ContentStore(pool: shop.node.pool)
            #expect(try await shop.item(upload.item)?.state == .reserved)
            #expect(try await content.children(of: NewUpload.root, offset: 0, limit: 10).total == 0)
            _ = await shop.worker().runOnce()
            let listed = try await content.children(of: NewUpload.root, offset: 0, limit: 10)
            #expect(listed.total == 1 && listed.items.map(\.id) == [upload.item].compactMap(\.self))
        }
    }

    @Test func anImagesPixelsAreRecorded() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([png(width: 640, height: 480)]) { $0.kind = "Image" }
            _ = await shop.worker().runOnce()
            let item = try await shop.item(upload.item)
            #expect(item?.kind == .image && item?.width == 640 && item?.height == 480)
        }
    }

    @Test func anImageThatIsNoneIsPublishedWithoutPixels() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(100)]) { $0.kind = "Image" }
            _ = await shop.worker().runOnce()
            let item = try await shop.item(upload.item)
            #expect(item?.state == .published && item?.width == nil && item?.height == nil)
        }
    }

    @Test func aReplacedFileKeepsItsItemAndGivesItsOldBytesToTheSweeper() async throws {
        try await Workshop.with { shop in
            let old = try await shop.complete([pattern(10)])
            _ = await shop.worker().runOnce()
            let before = try #require(try await shop.item(old.item))
            let new = try await shop.complete([pattern(20, seed: 1)]) { new in
                (new.folder, new.replaces, new.filename, new.contentType) = (
                    before.id, true, "b.pdf", "application/pdf"
                )
            }
            let waiting = try #require(try await shop.item(old.item))
            #expect(waiting.blob == before.blob && waiting.state == .published, "the old bytes are served until then")
            _ = await shop.worker().runOnce()
            let after = try #require(try await shop.item(old.item))
            #expect(new.item == before.id && after.name == before.name && after.created == before.created)
            #expect(after.blob?.hex == "\(new.id)" && after.size == 20 && after.filename == "b.pdf")
            #expect(after.modified > before.modified && after.contentType == "application/pdf")
            let freed = try await shop.database.texts("SELECT id::text FROM blob WHERE deleted_at IS NOT NULL")
            #expect(freed == [before.blob?.uuidString.lowercased()])
        }
    }

    @Test func anItemThatWasDeletedMeanwhileIsNotPublishedAndLeavesNoFile() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            let item = try #require(try await shop.item(upload.item))
            try await ContentStore(pool: shop.node.pool).delete(item)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(upload) == "cancelled|-|1|0|-|obsolete")
            #expect(try await shop.item(upload.item) == nil)
            #expect(shop.volume.blob("\(upload.id)") == nil)
            #expect(try await shop.node.uploads.find(upload.id)?.state == .failed)
            #expect(try await shop.database.value("SELECT result FROM job_attempt") == "cancelled")
        }
    }

    /// The deletion has begun before the publication is committed, and ends after it.
    @Test(arguments: [false, true]) func anItemDeletedWhileItIsPublishedLeavesNoBytesBehind(replaced: Bool) async throws
    {
        try await Workshop.with { shop in
            var upload = try await shop.complete([pattern(10)])
            if replaced, let item = upload.item {
                _ = await shop.worker().runOnce()
                upload = try await shop.complete([pattern(20)]) { ($0.folder, $0.replaces) = (item, true) }
            }
            let job = try #require(try await shop.claimOnly().first)
            let item = try #require(try await shop.item(upload.item))
            let publishing = shop.database.anotherPool(size: 1)
            let deleting = try await publishing.withTransaction { connection in
                _ = try await connection.first(PublishJob(job: job, width: nil, height: nil, nothingLeft: true))
                let deleting = Task { try await ContentStore(pool: shop.node.pool).delete(item) }
                try await eventually("the deletion waits") {
                    try await shop.database.value(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE application_name = '\(shop.node.id.channel)' AND wait_event_type = 'Lock'
                        """) == "1"
                }
                return deleting
            }
            await publishing.close()
            try await deleting.value
            #expect(try await shop.item(item.id) == nil)
            let kept = try await shop.database.value("SELECT count(*) FROM blob WHERE deleted_at IS NULL")
            #expect(kept == "0", "bytes that no item has are given to the sweeper")
        }
    }

    @Test func everybodyWhoWaitsIsTold() async throws {
        try await TestNode.pair { node, other in
            let shop = Workshop(
                node: node, volume: try TemporaryVolume(), files: .init(threads: 1, name: "test-files"))
            var heard = other.listener.events(on: "tussock_finalized").makeAsyncIterator()
            #expect(await heard.next() == .gap)
            for deleted in [false, true] {
                let upload = try await shop.complete([pattern(10)])
                if deleted, let item = try await shop.item(upload.item) {
                    try await ContentStore(pool: node.pool).delete(item)
                }
                #expect(await shop.worker().runOnce() == 1)
                guard case .notification(_, let payload) = await heard.next() else {
                    Issue.record("no notification")
                    return
                }
                #expect(payload.replacing("-", with: "") == "\(upload.id)")
            }
            await shop.files.shutdown()
        }
    }

    @Test func anAttemptThatWasTakenForDeadCannotPublish() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            let stale = try #require(try await shop.claimOnly().first)
            try await shop.worker().rescue()
            let current = try #require(try await shop.claimOnly().first)
            #expect(current.attempt == stale.attempt + 1)
            let late = Finalization(stale, shop.parts())
            await #expect(throws: JobFailure.lost) { try await late.run() }
            await #expect(throws: JobFailure.lost) { try await late.heartbeat() }
            #expect(try await shop.item(upload.item)?.state == .reserved)
            try await Finalization(current, shop.parts()).run()
            try await shop.expectPublished(upload, pattern(10))
            await #expect(throws: JobFailure.lost) { try await late.run() }
            try await shop.expectPublished(upload, pattern(10))
        }
    }

    @Test func aStaleAttemptCannotEndAJob() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            let stale = try #require(try await shop.claimOnly().first)
            try await shop.worker().rescue()
            _ = try await shop.claimOnly()
            let before = try await shop.job(upload)
            let outcome = EndAttempt.Outcome(state: "dead", result: "failed")
            #expect(try await shop.node.pool.execute(EndAttempt(job: stale, outcome: outcome)) == 0)
            #expect(try await shop.job(upload) == before)
            #expect(try await shop.node.uploads.find(upload.id)?.state == .complete)
        }
    }

    /// Signature and header of a PNG, then what no reader of headers looks at.
    private func png(width: UInt32, height: UInt32) -> [UInt8] {
        func bytes(_ number: UInt32) -> [UInt8] {
            (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        let header = bytes(width) + bytes(height) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + bytes(13) + Array("IHDR".utf8) + header
            + [UInt8](repeating: 0, count: 64)
    }
}
