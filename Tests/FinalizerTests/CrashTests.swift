import Chunks
import Foundation
import Glibc
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

/// Wherever an attempt ends, the next one finishes: one item, the right bytes, no file too many.
@Suite struct CrashTests {
    static let shapes: [[[UInt8]]] = [
        [pattern(3000)],
        [pattern(3000), pattern(500, seed: 1)],
        [[], pattern(500)],
        [[]],
    ]

    /// The worker's file calls fail from call n on, and nothing of it is heard any more.
    @Test(arguments: shapes.indices) func aWorkerMayDieAtAnyFileCall(shape: Int) async throws {
        let runs = Self.shapes[shape]
        try await Workshop.with { shop in
            for call in 1..<200 {
                let upload = try await shop.complete(runs)
                let plan = FaultPlan(call: call, mode: .crash, errno: EIO)
                let job = try #require(try await shop.claimOnly().first)
                // Its last sign of life keeps the job no longer than its first one.
                let parts = shop.parts(plan.operations) { $0.leaseSeconds = 0 }
                try? await Finalization(job, parts).run()
                try await shop.worker().rescue()
                _ = await shop.worker().runOnce()
                try await shop.expectPublished(upload, runs.flatMap(\.self))
                guard plan.wasReached else { return }
            }
            Issue.record("the attempt does not end")
        }
    }

    /// The worker lives, and tries again.
    @Test(arguments: shapes.indices, [FaultPlan.Mode.once, .answerLost])
    func aFaultAtAnyFileCallIsOvercomeByTheNextAttempt(shape: Int, mode: FaultPlan.Mode) async throws {
        let runs = Self.shapes[shape]
        try await Workshop.with { shop in
            for call in 1..<200 {
                let upload = try await shop.complete(runs)
                let plan = FaultPlan(call: call, mode: mode, errno: EIO)
                #expect(await shop.worker(plan.operations).runOnce() == 1)
                try await shop.hurry()
                _ = await shop.worker().runOnce()
                try await shop.expectPublished(upload, runs.flatMap(\.self))
                guard plan.wasReached else { return }
            }
            Issue.record("the attempt does not end")
        }
    }

    /// Copying goes on behind what the predecessor has synced and reported.
    @Test func theNextAttemptGoesOnInThePredecessorsPart() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(3000), pattern(500, seed: 1)])
            let first = try #require(try await shop.claimOnly().first)
            let pieces = upload.chunks.pieces.map { ChunkPiece(fence: $0.fence, length: $0.length) }
            _ = try shop.volume.volume.copyStep(
                id: "\(upload.id)", attempt: first.attempt, pieces: pieces, from: 0, atMost: 1000)
            let beat = JobHeartbeat(job: first, phase: .assemble, bytesDone: 1000, leaseSeconds: 0)
            #expect(try await shop.node.pool.execute(beat) == 1)
            try await shop.worker().rescue()
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(3000) + pattern(500, seed: 1))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
        }
    }

    /// The part is gone or shorter than was reported: the copy starts from the beginning.
    @Test(arguments: [Int64(0), 999]) func aPartThatIsNotWhatWasReportedIsNotTrusted(length: Int64) async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(3000), pattern(500, seed: 1)])
            let first = try #require(try await shop.claimOnly().first)
            if length > 0 {
                let pieces = upload.chunks.pieces.map { ChunkPiece(fence: $0.fence, length: $0.length) }
                _ = try shop.volume.volume.copyStep(
                    id: "\(upload.id)", attempt: first.attempt, pieces: pieces, from: 0, atMost: length)
            }
            let beat = JobHeartbeat(job: first, phase: .assemble, bytesDone: 1000, leaseSeconds: 0)
            _ = try await shop.node.pool.execute(beat)
            try await shop.worker().rescue()
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(3000) + pattern(500, seed: 1))
        }
    }

    @Test func aKilledConnectionAtAnyMomentIsOvercome() async throws {
        try await Workshop.with { shop in
            var uploads: [Upload] = []
            for seed in 0..<20 { uploads.append(try await shop.complete([pattern(100, seed: seed)])) }
            let killing = Task {
                while !Task.isCancelled {
                    _ = try await shop.database.texts(
                        """
                        SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                        WHERE application_name = '\(shop.node.id.channel)' AND state = 'active'
                        """)
                }
            }
            for _ in 0..<10 { _ = await shop.worker().runOnce() }
            killing.cancel()
            _ = try? await killing.value
            try await shop.database.script(
                "UPDATE job SET lease_until = now() - interval '1 s' WHERE state = 'running'")
            // The last of them may have met a connection that was in use again.
            try await eventually("nobody is killed") { (try? await shop.worker().rescue()) != nil }
            try await shop.hurry()
            while await shop.worker().runOnce() > 0 {}
            for (seed, upload) in uploads.enumerated() {
                try await shop.expectPublished(upload, pattern(100, seed: seed))
            }
        }
    }
}
