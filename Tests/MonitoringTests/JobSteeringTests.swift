import Foundation
import Monitoring
import Postgres
import TestSupport
import Testing
import UploadProtocol
import Uploads

@Suite struct JobSteeringTests {
    private static let ann = Person(name: "ann", via: .api)

    /// A complete upload of 10 bytes with its job, number 1.
    private func completed(_ node: TestNode) async throws -> Upload {
        let (_, claim) = try await node.uploads.createClaimed(.sample())
        return try await node.uploads.complete(
            claim, offset: 10, as: ItemReservation(stem: "note", suffix: ".txt"))
    }

    private func audit(_ node: TestNode) async throws -> [String] {
        try await JobReader(pool: node.pool).audit(before: nil, limit: 100).reversed().map {
            "\($0.actor) \($0.via) \($0.action) \($0.job.map { "\($0)" } ?? $0.folder ?? "-") \($0.result)"
        }
    }

    @Test func aDeadJobStartsAnewWithItsUploadComplete() async throws {
        try await TestNode.alone { node in
            let upload = try await completed(node)
            try await node.database.script(
                """
                UPDATE job SET state = 'dead', finished_at = now(), failures = 20, error_class = 'x', priority = 2;
                UPDATE upload SET state = 'failed', reason = 'x', finished_at = now()
                """)
            let steering = JobSteering(pool: node.pool)
            #expect(try await steering.perform(.retry, on: [1], by: Self.ann) == [SteeringResult(id: 1)])
            let job = try #require(try await JobReader(pool: node.pool).find(1))
            #expect(job.state == .queued && job.failures == 0 && job.finishedAt == nil)
            let again = try await node.uploads.find(upload.id)
            #expect(again?.state == .complete && again?.reason == nil && again?.finished == nil)
            #expect(try await audit(node) == ["ann api retry 1 done"])
        }
    }

    @Test func whatCannotBeRetriedSaysWhy() async throws {
        try await TestNode.alone { node in
            _ = try await completed(node)
            let steering = JobSteering(pool: node.pool)
            func refusal() async throws -> String? {
                try await steering.perform(.retry, on: [1], by: Self.ann).first?.refusal
            }
            #expect(try await refusal()?.hasPrefix("it is queued") == true)
            try await node.database.script(
                """
                UPDATE job SET state = 'dead', finished_at = now();
                UPDATE upload SET state = 'failed', removed_at = now()
                """)
            #expect(try await refusal() == "its upload has expired, and the bytes are gone")
            try await node.database.script(
                "UPDATE upload SET removed_at = NULL; DELETE FROM item WHERE upload_id IS NOT NULL")
            #expect(try await refusal() == "its item has been deleted")
            #expect(try await steering.perform(.retry, on: [99], by: Self.ann) == [])
            #expect(try await audit(node).allSatisfy { $0.contains("refused: ") })
            #expect(try await node.database.value("SELECT state FROM job") == "dead")
        }
    }

    @Test func aCancelledJobFailsItsUpload() async throws {
        try await TestNode.alone { node in
            let upload = try await completed(node)
            let steering = JobSteering(pool: node.pool)
            #expect(try await steering.perform(.cancel, on: [1], by: Self.ann) == [SteeringResult(id: 1)])
            #expect(
                try await steering.perform(.cancel, on: [1], by: Self.ann).first?.refusal?.hasPrefix(
                    "it is") == true)
            let failed = try await node.uploads.find(upload.id)
            #expect(failed?.state == .failed && failed?.reason == "cancelled by ann")
            let job = try #require(try await JobReader(pool: node.pool).find(1))
            #expect(job.state == .cancelled && job.errorClass == "cancelled" && job.finishedAt != nil)
        }
    }

    @Test func anActionOnManyIsTriedDryFirst() async throws {
        try await MigratedDatabase.with { database in
            try await JobListTests.fill(database, 12)
            let steering = JobSteering(pool: database.pool)
            let filter = JobFilter(folder: ["a"], owner: "ann")
            let dry = try await steering.perform(.cancel, where: filter, dryRun: true, by: Self.ann)
            #expect(dry.matched == 4 && dry.changed == 0 && dry.sample == [4, 6, 10, 12])
            #expect(try await database.value("SELECT count(*) FROM job WHERE state = 'queued'") == "12")
            let done = try await steering.perform(.cancel, where: filter, dryRun: false, by: Self.ann)
            #expect(done.matched == 4 && done.changed == 4 && done.refused == [] && !done.hasMore)
            #expect(try await database.value("SELECT count(*) FROM job WHERE state = 'cancelled'") == "4")
            #expect(try await database.value("SELECT count(*) FROM job_audit") == "4")
        }
    }

    @Test func anActionOnManyNeedsAFilterThatFits() async throws {
        try await MigratedDatabase.with { database in
            let steering = JobSteering(pool: database.pool)
            for filter in [JobFilter(), JobFilter(states: [.done]), JobFilter(folder: ["nowhere"])] {
                await #expect(throws: JobFilter.Mistake.self) {
                    _ = try await steering.perform(.retry, where: filter, dryRun: false, by: Self.ann)
                }
            }
        }
    }

    @Test func theQueueAndFoldersArePausedAndGoOn() async throws {
        try await MigratedDatabase.with { database in
            try await JobListTests.fill(database, 3)
            let steering = JobSteering(pool: database.pool)
            let reader = JobReader(pool: database.pool)
            #expect(try await steering.pause(nil, by: Self.ann))
            #expect(try await !steering.pause([], by: Self.ann))
            #expect(try await steering.pause(["a", "b"], by: Self.ann))
            let paused = try await reader.figures()
            #expect(paused.isPaused && paused.pausedFolders == ["/a/b"])
            #expect(try await reader.find(1)?.waitingFor == "resume")
            try await database.script(
                "UPDATE job SET parked_by = (SELECT max(id) FROM job_pause) WHERE id = 1")
            #expect(try await steering.resume(nil, by: Self.ann))
            #expect(try await !steering.resume(nil, by: Self.ann))
            #expect(try await reader.find(1)?.waitingFor == "resume")
            #expect(try await reader.find(2)?.waitingFor == nil)
            #expect(try await steering.resume(["a", "b"], by: Self.ann))
            #expect(try await reader.find(1)?.waitingFor == nil)
            #expect(try await reader.figures().pausedFolders == [])
            #expect(try await database.value("SELECT count(*) FROM job_audit") == "6")
        }
    }
}
