import Chunks
import Content
import Digests
import Foundation
import Glibc
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Finalizer
@testable import Uploads

/// Repr-Digest: an upload that is not what its client announced is never published.
@Suite struct DigestTests {
    static func digests(_ bytes: [UInt8], _ algorithms: [DigestAlgorithm] = [.sha256]) -> ContentDigests {
        ContentDigests(algorithms.compactMap { Digest.of(bytes, by: $0) })
    }

    private func hex(_ bytes: [UInt8]) -> String {
        Self.digests(bytes).sha256?.bytes.map { String(format: "%02x", $0) }.joined() ?? ""
    }

    private func expectSum(
        _ shop: Workshop, _ upload: Upload, _ sum: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await shop.database.value("SELECT encode(sha256, 'hex') FROM blob WHERE id = '\(upload.id)'")
        #expect(found == sum, sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [[pattern(3000)], [pattern(3000), pattern(500, seed: 1)], [[]]],
        [[DigestAlgorithm.sha256], [.sha512]])
    func whatAgreesIsPublishedAndItsSumIsKnown(runs: [[UInt8]], algorithms: [DigestAlgorithm]) async throws {
        try await Workshop.with { shop in
            let whole = runs.flatMap(\.self)
            let upload = try await shop.complete(runs) { $0.expected = Self.digests(whole, algorithms) }
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(upload, whole)
            try await expectSum(shop, upload, algorithms == [.sha256] ? hex(whole) : nil)
        }
    }

    @Test func withoutADigestNothingIsReadAndNoSumIsKnown() async throws {
        try await Workshop.with { shop in
            var blind = FileOperations.live
            blind.read = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EIO) }
            let upload = try await shop.complete([pattern(3000)])
            #expect(await shop.worker(blind).runOnce() == 1)
            try await shop.expectPublished(upload, pattern(3000))
            try await expectSum(shop, upload, nil)
        }
    }

    @Test(
        arguments: [[pattern(3000)], [pattern(3000), pattern(500, seed: 1)]], [[DigestAlgorithm.sha256], [.sha512]])
    func whatDiffersEndsTheJobAtOnceAndSaysWhy(runs: [[UInt8]], algorithms: [DigestAlgorithm]) async throws {
        try await Workshop.with { shop in
            let expected = Self.digests(pattern(1), algorithms)
            let upload = try await shop.complete(runs) { $0.expected = expected }
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(upload) == "dead|-|1|1|-|digest-mismatch")
            let row = try #require(try await shop.node.uploads.find(upload.id))
            #expect(row.state == .failed)
            #expect(row.reason?.contains(expected.fieldValue) == true)
            #expect(row.reason?.contains(Self.digests(runs.flatMap(\.self), algorithms).fieldValue) == true)
            #expect(try await shop.item(upload.item)?.state == .reserved)
            #expect(shop.volume.blob("\(upload.id)") == nil)
            // By hand, after the file was mended: it is read again, and agrees.
            try await shop.database.script(
                """
                UPDATE job SET state = 'queued', finished_at = NULL; UPDATE upload SET state = 'complete'
                """)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(upload) == "dead|-|2|2|-|digest-mismatch")
        }
    }

    @Test func bothMustAgreeWhenBothAreGiven() async throws {
        try await Workshop.with { shop in
            let bytes = pattern(100)
            let mixed = ContentDigests(
                [Digest.of(bytes, by: .sha256), Digest.of([], by: .sha512)].compactMap(\.self))
            let upload = try await shop.complete([bytes]) { $0.expected = mixed }
            _ = await shop.worker().runOnce()
            #expect(try await shop.job(upload) == "dead|-|1|1|-|digest-mismatch")
        }
    }

    /// The front hashed the bytes as they came: the worker takes its word, for better or worse, and reads nothing.
    @Test(arguments: [true, false]) func whatIsKnownAlreadyIsNotReadAgain(agrees: Bool) async throws {
        try await Workshop.with { shop in
            // What differs is found in the row, although the bytes would agree.
            var operations = FileOperations.live
            if agrees { operations.read = { _, _, _ throws(SystemFailure) in throw SystemFailure(errno: EIO) } }
            let bytes = pattern(100)
            let upload = try await shop.complete([bytes]) { $0.expected = Self.digests(bytes) }
            let known = hex(agrees ? bytes : [])
            try await shop.database.script("UPDATE upload SET known_sha256 = decode('\(known)', 'hex')")
            #expect(await shop.worker(operations).runOnce() == 1)
            if agrees {
                try await shop.expectPublished(upload, bytes)
                try await expectSum(shop, upload, hex(bytes))
            } else {
                #expect(try await shop.job(upload) == "dead|-|1|1|-|digest-mismatch")
            }
        }
    }

    /// The worker's file calls fail from call n on, and nothing of it is heard any more.
    @Test(arguments: [[pattern(3000)], [pattern(3000), pattern(500, seed: 1)]], [true, false])
    func aWorkerMayDieAtAnyFileCallWhileItVerifies(runs: [[UInt8]], agrees: Bool) async throws {
        let whole = runs.flatMap(\.self)
        try await Workshop.with { shop in
            for call in 1..<200 {
                let upload = try await shop.complete(runs) { $0.expected = Self.digests(agrees ? whole : []) }
                let plan = FaultPlan(call: call, mode: .crash, errno: EIO)
                let job = try #require(try await shop.claimOnly().first)
                let parts = shop.parts(plan.operations) { $0.leaseSeconds = 0 }
                try? await Finalization(job, parts).run()
                try await shop.worker().rescue()
                _ = await shop.worker().runOnce()
                if agrees {
                    try await shop.expectPublished(upload, whole)
                    try await expectSum(shop, upload, hex(whole))
                } else {
                    #expect(try await shop.job(upload)?.hasSuffix("digest-mismatch") == true)
                    #expect(shop.volume.blob("\(upload.id)") == nil)
                }
                guard plan.wasReached else { return }
            }
            Issue.record("the attempt does not end")
        }
    }

    @Test func lateWordOfVerifyingChangesNoFigureOfCopying() async throws {
        try await Workshop.with { shop in
            _ = try await shop.complete([pattern(3000)])
            let job = try #require(try await shop.claimOnly().first)
            for (phase, done) in [(Phase.verify, Int64(7)), (.assemble, 3), (.verify, 9)] {
                let beat = JobHeartbeat(job: job, phase: phase, bytesDone: done, leaseSeconds: 30)
                #expect(try await shop.node.pool.execute(beat) == 1)
                let row = try await shop.database.value("SELECT concat_ws('|', phase, bytes_done) FROM job")
                #expect(row == (phase == .verify && done == 7 ? "verify|7" : "assemble|3"))
            }
        }
    }

    @Test func aWorkerThatLostItsJobKeepsNoDigests() async throws {
        try await Workshop.with { shop in
            let bytes = pattern(100)
            let upload = try await shop.complete([bytes]) { $0.expected = Self.digests(bytes) }
            let job = try #require(try await shop.claimOnly().first)
            try await shop.worker().rescue()
            #expect(try await shop.node.pool.execute(KeepDigests(job: job, known: Self.digests([]))) == 0)
            await #expect(throws: JobFailure.lost) { try await Finalization(job, shop.parts()).run() }
            #expect(shop.volume.blob("\(upload.id)") == nil)
            _ = await shop.worker().runOnce()
            try await shop.expectPublished(upload, bytes)
        }
    }
}
