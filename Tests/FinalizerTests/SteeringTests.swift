import Chunks
import Content
import Foundation
import Glibc
import Monitoring
import Postgres
import TestSupport
import Testing
import UploadProtocol

@testable import Finalizer
@testable import Uploads

/// Monitoring's hand on the jobs, as workers feel it: by the rows that its statements write.
@Suite struct SteeringTests {
    @Test func aPausedQueueIsLeftAloneUntilItGoesOn() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(5)])
            try await shop.database.script("INSERT INTO job_pause (actor) VALUES ('ann')")
            #expect(await shop.worker().runOnce() == 0)
            #expect(try await shop.job(upload)?.hasPrefix("queued|-|0") == true)
            try await shop.database.script("DELETE FROM job_pause")
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, pattern(5))
        }
    }

    @Test func aPausedFolderHoldsBackWhatIsBelowItAndNothingElse() async throws {
        try await Workshop.with { shop in
            let (outer, inner) = (UUID(), UUID())
            try await shop.database.script(
                """
                INSERT INTO item (id, parent_id, name, kind, state, owner) VALUES
                    ('\(outer)', '\(NewUpload.root)', 'outer', 'Folder', 'published', 'ann'),
                    ('\(inner)', '\(outer)', 'inner', 'Folder', 'published', 'ann');
                INSERT INTO job_pause (folder_id, actor) VALUES ('\(outer)', 'ann')
                """)
            let held = try await shop.complete([pattern(5)]) { $0.folder = inner }
            let free = try await shop.complete([pattern(6)])
            // The first look parks one and may take the other; the next one finds it in any case.
            let counts = [await shop.worker().runOnce(), await shop.worker().runOnce()]
            #expect(counts.reduce(0, +) == 1)
            try await shop.expectPublished(free, pattern(6))
            #expect(try await shop.job(held)?.hasPrefix("queued|-|0") == true)
            #expect(
                try await shop.database.value("SELECT count(*) FROM job WHERE parked_by IS NOT NULL") == "1"
            )
            try await shop.database.script("DELETE FROM job_pause")
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(held, pattern(5))
        }
    }

    /// Wherever the attempt is, from its first file call to its last: it goes on after the cancellation and changes
    /// nothing; retried by hand, the job is done as if nothing had been.
    @Test func aCancelledJobEndsInEveryPhaseAndMayBeRetried() async throws {
        let runs = [pattern(3000), pattern(500, seed: 1)]
        try await Workshop.with { shop in
            let steering = JobSteering(pool: shop.node.pool)
            let ann = Person(name: "ann", via: .api)
            for call in 1..<200 {
                let upload = try await shop.complete(runs)
                let plan = FaultPlan(call: call, mode: .crash, errno: EIO)
                let job = try #require(try await shop.claimOnly().first)
                try? await Finalization(job, shop.parts(plan.operations)).run()
                let cancelled = try await steering.perform(.cancel, on: [job.id], by: ann)
                if cancelled.first?.refusal?.hasPrefix("it is done") == true {
                    try await shop.expectPublished(upload, runs.flatMap(\.self))
                    guard plan.wasReached else { return }
                    continue
                }
                #expect(cancelled == [SteeringResult(id: job.id)])
                await shop.worker().finish(job)
                #expect(try await shop.job(upload)?.hasPrefix("cancelled|-|1|") == true)
                #expect(try await shop.item(upload.item)?.state == .reserved)
                #expect(try await shop.node.uploads.find(upload.id)?.state == .failed)
                #expect(
                    try await shop.database.value("SELECT count(*) FROM blob WHERE id = '\(upload.id)'")
                        == "0")
                #expect(try await steering.perform(.retry, on: [job.id], by: ann).first?.refusal == nil)
                #expect(await shop.worker().runOnce() == 1)
                try await shop.expectPublished(upload, runs.flatMap(\.self))
            }
            Issue.record("the attempt does not end")
        }
    }

    /// The worker is told; its next sign of life would come in an hour, and so would the rest of the bytes.
    @Test func aRunningJobEndsAtOnceWhenItIsCancelled() async throws {
        try await TestNode.pair { node, other in
            let shop = Workshop(node: node, volume: try TemporaryVolume(), files: .init(threads: 1, name: "test-files"))
            let worker = Worker(
                shop.parts { settings in
                    settings.heartbeat = .seconds(3600)
                    settings.bandwidth = 1
                })
            let upload = try await shop.complete([pattern(70_000), pattern(600)])
            let running = Task { try await worker.run() }
            try await eventually("the second step waits") {
                try await shop.database.value("SELECT bytes_done FROM job") == "65536"
            }
            let steering = JobSteering(pool: other.pool)
            let results = try await steering.perform(.cancel, on: [1], by: Person(name: "ann", via: .cli))
            #expect(results == [SteeringResult(id: 1)])
            try await eventually("the worker lets go") {
                // Told again: the first word may have come before anybody listened.
                try await other.pool.withConnection {
                    try await $0.notify(channel: "tussock_jobs", payload: "cancel 1")
                }
                return shop.node.log.entries.contains { $0.contains("the job was cancelled") }
            }
            #expect(try await shop.job(upload) == "cancelled|-|1|0|-|cancelled")
            #expect(try await shop.item(upload.item)?.state == .reserved)
            running.cancel()
            try await running.value
            await shop.files.shutdown()
        }
    }

    @Test func aWorkerThatStopsGivesBackWhatItHasAndTakesNothingAgain() async throws {
        try await TestNode.pair { node, _ in
            let shop = Workshop(
                node: node, volume: try TemporaryVolume(), files: .init(threads: 4, name: "test-files"))
            for _ in 0..<12 { _ = try await shop.complete([pattern(70_000), pattern(600)]) }
            let worker = Worker(shop.parts { $0.bandwidth = 1 })
            let running = Task { try await worker.run() }
            try await eventually("all slots are taken") {
                try await shop.database.value("SELECT count(*) FROM job WHERE state = 'running'") == "4"
            }
            running.cancel()
            try await running.value
            #expect(
                try await shop.database.value("SELECT count(*) FROM job WHERE state = 'queued'") == "12")
            #expect(
                try await shop.database.value(
                    "SELECT count(*) FROM job_attempt WHERE result IS DISTINCT FROM 'stopped'")
                    == "0")
            #expect(try await shop.database.value("SELECT max(failures) FROM job") == "0")
            await shop.files.shutdown()
        }
    }

    @Test func anAttemptTellsHowLongItsPhasesTook() async throws {
        try await Workshop.with { shop in
            _ = try await shop.complete([pattern(9), pattern(9, seed: 1)])
            #expect(await shop.worker().runOnce() == 1)
            #expect(
                try await shop.database.value("SELECT array_to_string(phases, ' ') FROM job_attempt")
                    == "verify assemble sync publish")
            #expect(
                try await shop.database.value("SELECT cardinality(phase_seconds) FROM job_attempt") == "4")
        }
    }

    @Test func manyWaitsForTheSameThingAreOneRecord() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(9), pattern(9, seed: 1)])
            for _ in 0..<5 {
                let job = try #require(try await shop.claimOnly().first)
                try await shop.node.pool.execute(
                    EndAttempt(
                        job: job,
                        outcome: .init(
                            state: "retrying", result: "waiting", waitingFor: "space", errorClass: "space",
                            errorMessage: "full")))
            }
            #expect(
                try await shop.database.texts(
                    "SELECT concat_ws('|', attempt, result, repeats) FROM job_attempt")
                    == ["5|waiting|5"])
            #expect(try await shop.job(upload) == "retrying|-|5|0|space|space")
            #expect(await shop.worker().runOnce() == 1)
            #expect(
                try await shop.database.texts(
                    "SELECT concat_ws('|', attempt, result, repeats) FROM job_attempt ORDER BY attempt")
                    == ["5|waiting|5", "6|done|1"])
        }
    }

    @Test func aLargeJobThatHasWaitedLongComesBeforeNewSmallOnes() async throws {
        try await Workshop.with { shop in
            let large = try await shop.complete([pattern(2)])
            try await shop.database.script(
                "UPDATE job SET priority = 2, next_at = now() - interval '11 minutes'")
            let small = try await shop.complete([pattern(1)])
            let worker = Worker(shop.parts { $0.concurrency = 1 })
            for _ in 0..<2 { try await worker.rescue() }
            #expect(await worker.runOnce() == 1)
            #expect(try await shop.job(large)?.hasPrefix("done") == true)
            #expect(try await shop.job(small)?.hasPrefix("queued") == true)
        }
    }

    @Test func aJobThatIsJustDueDoesNotAge() async throws {
        try await Workshop.with { shop in
            _ = try await shop.complete([pattern(2)])
            try await shop.database.script(
                "UPDATE job SET priority = 2, next_at = now() - interval '4 minutes'")
            try await shop.worker().rescue()
            #expect(try await shop.database.value("SELECT priority FROM job") == "2")
        }
    }

    @Test func doneJobsAreCountedOnceWhateverIsFoldedAndPruned() async throws {
        try await Workshop.with { shop in
            for index in 0..<6 { _ = try await shop.complete([pattern(1 + index)]) }
            while await shop.worker().runOnce() > 0 {}
            let pruning = shop.sweeper { $0.keepSeconds = 60 }
            try await shop.database.script(
                """
                UPDATE job SET finished_at = now() - interval '10 minutes' WHERE id <= 4;
                UPDATE upload SET expires_at = now() - interval '1 second', removed_at = now() - interval '1 hour'
                FROM job WHERE job.upload_id = upload.id AND job.id <= 2
                """)
            let counted = """
                SELECT done + (SELECT count(*) FROM job WHERE state = 'done' AND finished_at >= until) FROM job_tally
                """
            #expect(try await shop.database.value(counted) == "6")
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.database.value("SELECT done FROM job_minute") == "4")
            #expect(try await shop.database.value("SELECT done FROM job_tally") == "4")
            for _ in 0..<2 { #expect(try await pruning.runOnce(folders: [])) }
            #expect(try await shop.database.value("SELECT count(*) FROM job") == "4")
            #expect(try await shop.database.value(counted) == "4")
        }
    }

    @Test func theReservedNameOfAFailedUploadIsFreeWhenItIsSwept() async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(3)])
            try await shop.database.script(
                """
                UPDATE job SET state = 'dead', finished_at = now();
                UPDATE upload SET state = 'failed', expires_at = now() - interval '1 second'
                """)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.item(upload.item) == nil)
        }
    }
}
