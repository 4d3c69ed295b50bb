import Chunks
import Digests
import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
import Uploads
@testable import Finalizer

/// Jobs that are mere renames, taken and published together.
@Suite struct RenamesTests {
    private func claimed(_ shop: Workshop) async throws -> [ClaimedJob] {
        let claim = ClaimJobs(worker: shop.parts().node, limit: 100, leaseSeconds: 60)
        return try await shop.node.pool.query(claim).compactMap(\.self)
    }

    @Test func allOfARunAreVisibleAfterIt() async throws {
        try await Workshop.with { shop in
            var uploads: [Upload] = []
            for count in 1...12 { uploads.append(try await shop.complete([pattern(count * 100)])) }
            let jobs = try await claimed(shop)
            #expect(jobs.filter { !$0.isRename }.isEmpty)
            #expect(await Renames(shop.parts()).publish(jobs).isEmpty)
            for (index, upload) in uploads.enumerated() {
                try await shop.expectPublished(upload, pattern((index + 1) * 100))
            }
            let phases = try await shop.database.texts(
                "SELECT DISTINCT phases::text FROM job_attempt WHERE result = 'done'")
            #expect(phases == ["{verify,assemble,sync,publish}"])
        }
    }

    @Test func oneThatCannotBeRenamedDoesNotKeepTheOthers() async throws {
        try await Workshop.with { shop in
            let first = try await shop.complete([pattern(10)])
            let lost = try await shop.complete([pattern(20)])
            let last = try await shop.complete([pattern(30)])
            try shop.volume.volume.removeChunk(id: "\(lost.id)", fence: try #require(lost.chunks.whole))
            let jobs = try await claimed(shop)
            await shop.worker().work(jobs)
            try await shop.expectPublished(first, pattern(10))
            try await shop.expectPublished(last, pattern(30))
            #expect(try await shop.job(lost)?.hasPrefix("dead|") == true)
        }
    }

    @Test func aJobThatIsAnothersMeanwhileIsLeftAlone() async throws {
        try await Workshop.with { shop in
            let mine = try await shop.complete([pattern(10)])
            let others = try await shop.complete([pattern(20)])
            let jobs = try await claimed(shop)
            try await shop.database.script("UPDATE job SET attempt = attempt + 1 WHERE upload_id = '\(others.id)'")
            #expect(await Renames(shop.parts()).publish(jobs).map(\.upload.id) == [others.id])
            try await shop.expectPublished(mine, pattern(10))
            #expect(try await shop.node.uploads.find(others.id)?.state == .complete)
        }
    }

    @Test func whatTakesMoreThanARenameIsNone() async throws {
        try await Workshop.with { shop in
            let ousted = try await shop.complete([pattern(10), pattern(5)])
            #expect(!Renames.suits(ousted))
            let wanting = try await shop.complete([pattern(10)]) { $0.wanted = [.sha256] }
            #expect(!Renames.suits(wanting))
            // What a claim takes besides is chosen by the same rule, in SQL.
            let plain = try await shop.complete([pattern(10)])
            let claim = ClaimJobs(worker: shop.parts().node, limit: 0, renames: 10, leaseSeconds: 60)
            let taken = try await shop.node.pool.query(claim).compactMap(\.self)
            #expect(taken.map(\.upload.id) == [plain.id])
        }
    }

    /// A crash of the database may undo the claim of a rename: then another worker has the same attempt number.
    @Test(arguments: [false, true]) func aClaimThatTheDatabaseForgotHarmsNothing(firstWins: Bool) async throws {
        try await Workshop.with { shop in
            let upload = try await shop.complete([pattern(100)])
            let forgotten = try await claimed(shop)
            try await shop.database.script(
                """
                UPDATE job SET state = 'queued', phase = NULL, attempt = 0, worker = NULL, lease_until = NULL;
                DELETE FROM job_attempt
                """)
            let second = try await claimed(shop)
            #expect(second.map(\.job.attempt) == forgotten.map(\.job.attempt))
            for jobs in firstWins ? [forgotten, second] : [second, forgotten] { await shop.worker().work(jobs) }
            try await shop.expectPublished(upload, pattern(100))
            #expect(shop.volume.files() == ["blobs/\(upload.id)"])
            #expect(try await shop.database.texts("SELECT result FROM job_attempt") == ["done"])
        }
    }

    @Test(arguments: [[[pattern(10)]], [[pattern(10)], [pattern(10), pattern(5)]]])
    func onlyAClaimOfRenamesAloneIsNotWaitedForToReachTheDisk(uploads: [[[UInt8]]]) async throws {
        try await Workshop.with { shop in
            for runs in uploads { _ = try await shop.complete(runs) }
            let claim = ClaimJobs(worker: shop.parts().node, limit: 100, leaseSeconds: 60)
            let waits = try await shop.node.pool.withTransaction { connection in
                let jobs = try await connection.query(claim).compactMap(\.self)
                #expect(jobs.count == uploads.count)
                return try await connection.first(Commits())
            }
            #expect(waits == (uploads.count == 1 ? "off" : "on"))
            #expect(try await shop.node.pool.first(Commits()) == "on", "it is for that transaction alone")
        }
    }

    private struct Commits: Statement {
        static let sql = "SELECT current_setting('synchronous_commit') AS waits"
        var parameters: [any SQLEncodable] { [] }
        static func decode(_ row: Row) throws -> String { try row["waits"] }
    }
}
