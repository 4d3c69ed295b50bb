import Chunks
import Content
import Foundation
import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

@Suite struct FailureTests {
    @Test(arguments: [ENOSPC, EDQUOT]) func aFullVolumeIsWaitedForAndNotCounted(errno: Int32) async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10), pattern(10)])
            for attempt in 1...3 {
                var full = FileOperations.live
                full.copyRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: errno) }
                full.cloneRange = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EOPNOTSUPP) }
                #expect(await shop.worker(full).runOnce() == 1)
                #expect(try await shop.job(upload) == "retrying|-|\(attempt)|0|space|space")
                #expect(await shop.worker(full).runOnce() == 0)
                try await shop.hurry()
            }
            #expect(try await shop.database.texts("SELECT DISTINCT result FROM job_attempt") == ["waiting"])
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(10) + pattern(10))
        }
    }

    @Test func missingBytesEndTheJobAtOnceAndSayWhy() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            try shop.volume.volume.removeChunk(id: "\(upload.id)", fence: 1)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(upload) == "dead|-|1|1|-|missing-bytes")
            let row = try #require(try await shop.node.uploads.find(upload.id))
            #expect(row.state == .failed && row.reason?.contains("\(upload.id).1") == true)
            #expect(try await shop.item(upload.item)?.state == .reserved)
            #expect(shop.node.log.entries.contains { $0.hasPrefix("error job not done") })
        }
    }

    @Test func aFileShorterThanItsRowSaysEndsTheJobAtOnce() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10), pattern(10)])
            let path = "\(shop.volume.root)/uploads/\("\(upload.id)".prefix(2))/\(upload.id).\(upload.fence)"
            #expect(truncate(path, 9) == 0)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(upload) == "dead|-|1|1|-|missing-bytes")
        }
    }

    @Test func aVolumeThatIsNotThereIsWaitedFor() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            let hidden = "\(shop.volume.root)-hidden"
            #expect(rename(shop.volume.root, hidden) == 0)
            #expect(mkdir(shop.volume.root, 0o755) == 0)
            #expect(await shop.worker().runOnce() == 1)
            #expect(rmdir(shop.volume.root) == 0 && rename(hidden, shop.volume.root) == 0)
            #expect(try await shop.job(upload) == "retrying|-|1|0|volume|volume")
            try await shop.hurry()
            _ = await shop.worker().runOnce()
            try await shop.expectPublished(upload, pattern(10))
        }
    }

    @Test func othersBackOffAndDieAtTheLastAttempt() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            try await shop.database.script("UPDATE job SET max_attempts = 3")
            var broken = FileOperations.live
            broken.rename = { _, _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
            for failures in 1...2 {
                #expect(await shop.worker(broken).runOnce() == 1)
                #expect(try await shop.job(upload) == "retrying|-|\(failures)|\(failures)|-|volume")
                let pause = try #require(
                    try await shop.database.value(
                        """
                        SELECT extract(epoch FROM next_at - ended_at) FROM job JOIN job_attempt
                        ON job_id = job.id AND job_attempt.attempt = job.attempt
                        """
                    ).flatMap(Double.init))
                let longest = Double(1 << failures)
                #expect((longest * 0.75...longest).contains(pause))
                try await shop.hurry()
            }
            #expect(await shop.worker(broken).runOnce() == 1)
            #expect(try await shop.job(upload) == "dead|-|3|3|-|volume")
            #expect(try await shop.node.uploads.find(upload.id)?.state == .failed)
            try await shop.hurry()
            #expect(await shop.worker().runOnce() == 0)
            #expect(try await shop.database.texts("SELECT result FROM job_attempt") == ["failed", "failed", "failed"])
        }
    }

    @Test func aPauseDoublesUpTo15MinutesLessUpToAQuarter() {
        for failures in 0...64 {
            let whole = min(pow(2, Double(failures)), 900)
            #expect(RetryPolicy.pause(afterFailures: failures, jitter: 0) == whole)
            #expect(RetryPolicy.pause(afterFailures: failures, jitter: 1) == whole * 0.75)
        }
    }

    @Test func theJobOfALostWorkerRunsAgainAndCounts() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            _ = try await shop.claimOnly()
            #expect(await shop.worker().runOnce() == 0)
            try await shop.worker().rescue()
            #expect(try await shop.job(upload) == "retrying|-|1|1|-|worker-lost")
            #expect(try await shop.database.value("SELECT result FROM job_attempt") == "lost")
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(10))
        }
    }

    @Test func theJobOfALivingWorkerIsLeftAlone() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            _ = try await shop.node.pool.query(ClaimJobs(worker: shop.node.id, limit: 1, leaseSeconds: 60))
            try await shop.worker().rescue()
            #expect(try await shop.job(upload) == "running|verify|1|0|-|-")
        }
    }

    @Test func aJobWhoseWorkersAlwaysDieDiesToo() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            try await shop.database.script("UPDATE job SET max_attempts = 2")
            for _ in 1...2 {
                #expect(try await shop.claimOnly().count == 1)
                try await shop.worker().rescue()
            }
            #expect(try await shop.job(upload) == "dead|-|2|2|-|worker-lost")
            let row = try await shop.node.uploads.find(upload.id)
            #expect(row?.state == .failed && row?.reason?.contains("dead:1:0") == true)
            #expect(try await shop.claimOnly().isEmpty)
        }
    }

    @Test func whoeverWaitsIsToldOfAJobThatDiedWithItsWorkers() async throws {
        try await TestNode.pair { node, other in
            let shop = Workshop(node: node, volume: try TemporaryVolume(), files: .init(threads: 1, name: "test-files"))
            let upload = try await shop.complete([pattern(10)])
            try await shop.database.script("UPDATE job SET max_attempts = 1")
            _ = try await shop.claimOnly()
            var heard = other.listener.events(on: "tussock_finalized").makeAsyncIterator()
            #expect(await heard.next() == .gap)
            try await shop.worker().rescue()
            // A word of our own ends the wait if nothing comes before it.
            try await node.pool.withConnection { try await $0.notify(channel: "tussock_finalized", payload: "end") }
            guard case .notification(_, let payload) = await heard.next() else { return }
            await shop.files.shutdown()
            #expect(payload.replacing("-", with: "") == "\(upload.id)")
        }
    }

    @Test func aGracefulStopGivesTheAttemptBack() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            let (inside, go) = (AsyncStream.makeStream(of: Void.self), DispatchSemaphore(value: 0))
            var slow = FileOperations.live
            slow.syncData = { _ throws(SystemFailure) in
                inside.continuation.yield()
                go.wait()
            }
            // One at a time: else another of its turns might just be asking for jobs, and be given this one once more.
            let worker = Worker(shop.parts(slow) { $0.concurrency = 1 })
            let running = Task { try await worker.run() }
            for await _ in inside.stream { break }
            running.cancel()
            go.signal()
            try await running.value
            #expect(try await shop.job(upload) == "queued|-|1|0|-|-")
            #expect(try await shop.database.value("SELECT result FROM job_attempt") == "stopped")
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(10))
        }
    }

    @Test func aHeartbeatTellsHowFarItIsAndKeepsTheJob() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(10)])
            let job = try #require(try await shop.claimOnly().first)
            try await Finalization(job, shop.parts()).heartbeat()
            try await shop.worker().rescue()
            #expect(try await shop.job(upload) == "running|verify|1|0|-|-")
        }
    }
}
