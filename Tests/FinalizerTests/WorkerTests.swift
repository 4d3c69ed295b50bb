import Chunks
import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

@Suite struct WorkerTests {
    @Test func of50JobsTwoWorkersDoEachOnce() async throws {
        try await Workshop.with { shop in
            var uploads: [Upload] = []
            for seed in 0..<50 { uploads.append(try await shop.complete([pattern(100, seed: seed)])) }
            let done = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask { [worker = shop.worker()] in
                        var done = 0
                        while case let count = await worker.runOnce(), count > 0 { done += count }
                        return done
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(done == 50)
            #expect(try await shop.database.value("SELECT count(*) FROM job_attempt WHERE result = 'done'") == "50")
            for (seed, upload) in uploads.enumerated() {
                try await shop.expectPublished(upload, pattern(100, seed: seed))
            }
        }
    }

    @Test func itTakesNoMoreThanItsConcurrency() async throws {
        try await Workshop.with { shop in
            for _ in 0..<5 { _ = try await shop.complete([pattern(1)]) }
            let worker = Worker(shop.parts { $0.concurrency = 2 })
            #expect(await worker.runOnce() == 2)
            #expect(await worker.runOnce() == 2)
            #expect(await worker.runOnce() == 1)
            #expect(await worker.runOnce() == 0)
        }
    }

    @Test func theSmallFilesComeFirst() async throws {
        try await Workshop.with { shop in
            let large = try await shop.complete([pattern(2)])
            try await shop.database.script("UPDATE job SET priority = 2")
            let small = try await shop.complete([pattern(1)])
            let worker = Worker(shop.parts { $0.concurrency = 1 })
            #expect(await worker.runOnce() == 1)
            #expect(try await shop.job(small)?.hasPrefix("done") == true)
            #expect(try await shop.job(large)?.hasPrefix("queued") == true)
        }
    }

    @Test func aJobIsTakenWhenItIsToldNotWhenThePollComes() async throws {
        try await TestNode.pair { node, other in
            let shop = Workshop(node: node, volume: try TemporaryVolume(), files: .init(threads: 1, name: "test-files"))
            var heard = other.listener.events(on: "tussock_finalized").makeAsyncIterator()
            #expect(await heard.next() == .gap)
            let running = Task { [worker = Worker(shop.parts { $0.poll = .seconds(3600) })] in try await worker.run() }
            let upload = try await shop.complete([pattern(10)])
            guard case .notification(_, let payload) = await heard.next() else { return }
            #expect(payload.replacing("-", with: "") == "\(upload.id)")
            try await shop.expectPublished(upload, pattern(10))
            running.cancel()
            try await running.value
            await shop.files.shutdown()
        }
    }

    @Test func withoutADatabaseItGoesOnTrying() async throws {
        try await Workshop.with { shop in
            let pool = shop.database.anotherPool()
            await pool.close()
            var parts = shop.parts()
            parts.pool = pool
            #expect(await Worker(parts).runOnce() == 0)
            #expect(shop.node.log.entries.contains { $0.hasPrefix("warning no job could be claimed") })
        }
    }
}
