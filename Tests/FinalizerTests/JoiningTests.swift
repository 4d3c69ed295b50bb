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

/// Finals: the parts' committed bytes are joined, and the parts stay.
@Suite struct JoiningTests {
    private static let runs = [
        [pattern(3000)], [pattern(700, seed: 1), pattern(500, seed: 2)], [[], pattern(900, seed: 3)], [[]],
    ]

    @Test func threeFinalsAreMadeOfTheSamePartsInAnyOrder() async throws {
        try await Workshop.with { shop in
            let parts = try await shop.parts(Self.runs)
            let bytes = Self.runs.map { $0.flatMap(\.self) }
            let files = shop.volume.files()
            for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 0, 1], [3]] {
                let final = try await shop.final(of: order.map { parts[$0] })
                #expect(await shop.worker().runOnce() == 1)
                try await shop.expectPublished(final, order.flatMap { bytes[$0] })
                #expect(files.isSubset(of: shop.volume.files()))
            }
        }
    }

    @Test func aFinalReplacesAFile() async throws {
        try await Workshop.with { shop in
            let old = try await shop.complete([pattern(10)])
            #expect(await shop.worker().runOnce() == 1)
            let item = try #require(old.item)
            let parts = try await shop.parts([[pattern(5)], [pattern(6)]])
            let final = try await shop.final(of: parts) { ($0.folder, $0.replaces) = (item, true) }
            #expect(final.item == item && final.length == 11)
            #expect(await shop.worker().runOnce() == 1)
            #expect(shop.volume.blob("\(final.id)") == pattern(5) + pattern(6))
            #expect(try await shop.item(item)?.blob?.hex == "\(final.id)")
        }
    }

    /// The worker's file calls fail from call n on, and nothing of it is heard any more.
    @Test func aWorkerMayDieAtAnyFileCall() async throws {
        try await Workshop.with { shop in
            let parts = try await shop.parts(Self.runs)
            let bytes = Self.runs.flatMap { $0.flatMap(\.self) }
            for call in 1..<300 {
                let final = try await shop.final(of: parts)
                let plan = FaultPlan(call: call, mode: .crash, errno: EIO)
                let job = try #require(try await shop.claimOnly().first)
                try? await Finalization(job, shop.parts(plan.operations) { $0.leaseSeconds = 0 }).run()
                try await shop.worker().rescue()
                _ = await shop.worker().runOnce()
                try await shop.expectPublished(final, bytes)
                guard plan.wasReached else { return }
            }
            Issue.record("the attempt does not end")
        }
    }

    @Test func theNextAttemptGoesOnInThePredecessorsPart() async throws {
        try await Workshop.with { shop in
            let parts = try await shop.parts(Self.runs)
            let final = try await shop.final(of: parts)
            let first = try #require(try await shop.claimOnly().first)
            let pieces = try await Finalization(first, shop.parts()).pieces(of: final)
            #expect(pieces.count == 4 && pieces.totalLength == 5100)
            _ = try shop.volume.volume.copyStep(
                id: "\(final.id)", attempt: first.attempt, pieces: pieces, from: 0, atMost: 3300)
            let beat = JobHeartbeat(job: first, phase: .assemble, bytesDone: 3300, leaseSeconds: 0)
            #expect(try await shop.node.pool.execute(beat) == 1)
            try await shop.worker().rescue()
            // What was copied already is not copied again.
            let before = try #require(shop.volume.bytes("uploads/\("\(parts[0].id)".prefix(2))/\(parts[0].id).1"))
            try shop.volume.append([UInt8](repeating: 0, count: before.count), to: "\(parts[0].id)", fence: 1)
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(final, Self.runs.flatMap { $0.flatMap(\.self) })
        }
    }

    @Test func aFinalBeginsWhenItsLastPartIsComplete() async throws {
        try await Workshop.with { shop in
            let complete = try await shop.parts([[pattern(5)]])
            let (open, claim) = try await shop.node.uploads.createClaimed(.part(length: 6))
            try shop.volume.append(pattern(6), to: "\(open.id)", fence: 1)
            let final = try await shop.final(of: [open] + complete)
            #expect(await shop.worker().runOnce() == 0)
            let name = ItemReservation(stem: "x", suffix: "")
            _ = try await shop.node.uploads.complete(claim, offset: 6, as: name)
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(final, pattern(6) + pattern(5))
        }
    }

    @Test func aPartThatExpiresUnfinishedFailsItsFinals() async throws {
        try await Workshop.with { shop in
            let complete = try await shop.parts([[pattern(5)]])
            let open = try await shop.node.uploads.create(.part(length: 6))
            let final = try await shop.final(of: complete + [open])
            try await shop.overdue(open)
            #expect(try await shop.sweeper().runOnce(folders: []))
            let row = try await shop.node.uploads.find(final.id)
            #expect(row?.state == .failed && row?.reason == "part \(open.id) has expired")
            #expect(try await shop.job(final) == "dead|-|0|0|-|PartGone")
        }
    }

    @Test func completePartsExpireAndTheirFilesGo() async throws {
        try await Workshop.with { shop in
            let parts = try await shop.parts(Self.runs)
            let final = try await shop.final(of: parts)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(try await shop.node.uploads.find(parts[0].id)?.isRemoved == false)
            for part in parts { try await shop.overdue(part) }
            #expect(try await shop.node.uploads.find(parts[0].id)?.isRemoved == true)
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(shop.volume.files() == ["blobs/\(final.id)"])
        }
    }

    /// Expired, terminated: it is gone for everybody but the final that was promised its bytes.
    @Test(arguments: [true, false]) func aPartThatAFinalNeedsKeepsItsFiles(isTerminated: Bool) async throws {
        try await Workshop.with { shop in
            let parts = try await shop.parts([[pattern(5)], [pattern(6)]])
            let final = try await shop.final(of: parts)
            for part in parts {
                if isTerminated {
                    try await shop.node.uploads.terminate(part.id) { _ in }
                } else {
                    try await shop.overdue(part)
                }
            }
            #expect(
                try await shop.sweeper {
                    $0.keepSeconds = 0; $0.orphanSeconds = 0
                }.runOnce(folders: Array(0..<512)))
            #expect(shop.volume.files().count == 2)
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(final, pattern(5) + pattern(6))
            #expect(try await shop.sweeper().runOnce(folders: []))
            #expect(shop.volume.files() == ["blobs/\(final.id)"])
        }
    }

    @Test(arguments: [true, false]) func theWholeIsHeldAgainstItsDigest(agrees: Bool) async throws {
        try await Workshop.with { shop in
            let parts = try await shop.parts([[pattern(5)], [pattern(6), pattern(7)]])
            let whole = pattern(5) + pattern(6) + pattern(7)
            let final = try await shop.final(of: parts) { $0.expected = DigestTests.digests(agrees ? whole : []) }
            #expect(await shop.worker().runOnce() == 1)
            if agrees { return try await shop.expectPublished(final, whole) }
            #expect(try await shop.job(final) == "dead|-|1|1|-|digest-mismatch")
            #expect(shop.volume.blob("\(final.id)") == nil)
        }
    }

    @Test(arguments: [true, false]) func partsAreHeldAgainstTheirs(agrees: Bool) async throws {
        try await Workshop.with { shop in
            let good = try await shop.parts([[pattern(5)]])
            let bytes = pattern(6) + pattern(7)
            let checked = try await shop.complete([pattern(6), pattern(7)]) {
                $0.concat = "partial"
                $0.expected = DigestTests.digests(agrees ? bytes : [])
            }
            let final = try await shop.final(of: good + [checked])
            #expect(await shop.worker().runOnce() == 1)
            if agrees { return try await shop.expectPublished(final, pattern(5) + bytes) }
            #expect(try await shop.job(final) == "dead|-|1|1|-|digest-mismatch")
            #expect(try await shop.node.uploads.find(final.id)?.reason?.contains("part \(checked.id)") == true)
        }
    }

    /// A job that a person brought back to life.
    @Test func aFinalThatLostAPartIsDeadHoweverOftenItIsTried() async throws {
        try await Workshop.with { shop in
            let open = try await shop.node.uploads.create(.part(length: 6))
            let final = try await shop.final(of: [open])
            try await shop.node.uploads.terminate(open.id) { _ in }
            try await shop.retry(final)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(final) == "dead|-|1|1|-|PartGone")
            #expect(try await shop.node.uploads.find(final.id)?.state == .failed)
        }
    }

    @Test func aFinalThatIsTriedTooEarlyWaits() async throws {
        try await Workshop.with { shop in
            let (open, claim) = try await shop.node.uploads.createClaimed(.part(length: 6))
            try shop.volume.append(pattern(6), to: "\(open.id)", fence: 1)
            let final = try await shop.final(of: [open])
            try await shop.retry(final)
            #expect(await shop.worker().runOnce() == 1)
            #expect(try await shop.job(final) == "retrying|-|1|0|parts|parts")
            _ = try await shop.node.uploads.complete(claim, offset: 6, as: ItemReservation(stem: "x", suffix: ""))
            #expect(await shop.worker().runOnce() == 1)
            try await shop.expectPublished(final, pattern(6))
        }
    }
}

extension NewUpload {
    fileprivate static func part(length: Int64) -> NewUpload {
        var new = sample(length: length)
        new.concat = "partial"
        return new
    }
}

extension Workshop {
    /// Complete partial uploads, each of several runs of bytes as `complete` makes them.
    fileprivate func parts(_ runs: [[[UInt8]]]) async throws -> [Upload] {
        var parts: [Upload] = []
        for runs in runs { parts.append(try await complete(runs) { $0.concat = "partial" }) }
        return parts
    }

    fileprivate func final(
        of parts: [Upload], _ change: (inout NewUpload) -> Void = { _ in }
    ) async throws -> Upload {
        var new = NewUpload.sample(length: nil)
        new.concat = "final;" + parts.map { "/@upload/\($0.id)" }.joined(separator: " ")
        change(&new)
        return try await node.uploads.createFinal(
            new, of: parts.map(\.id), as: ItemReservation(stem: "note", suffix: ".txt")
        ) { _ in }
    }

    fileprivate func overdue(_ upload: Upload) async throws {
        try await database.script(
            "UPDATE upload SET expires_at = now() - interval '1 second' WHERE id = '\(upload.id)'")
    }

    /// As a person would: the job is due, the upload to be finished.
    fileprivate func retry(_ upload: Upload) async throws {
        try await database.script(
            """
            UPDATE upload SET state = 'complete', reason = NULL, finished_at = NULL WHERE id = '\(upload.id)';
            UPDATE job SET state = 'queued', waits = false, waiting_for = NULL, next_at = now(), finished_at = NULL
            WHERE upload_id = '\(upload.id)'
            """)
    }
}
