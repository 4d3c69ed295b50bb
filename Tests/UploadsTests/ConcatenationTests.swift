import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol
@testable import Uploads

/// Partial uploads, and finals that are made of them.
@Suite struct ConcatenationTests {
    static let name = ItemReservation(stem: "note", suffix: ".txt")

    @Test func aPartIsCompleteWithoutItemOrJob() async throws {
        try await TestNode.alone { node in
            let part = try await node.completePart(length: 4)
            #expect(part.state == .complete && part.offset == 4 && part.item == nil && part.lease == nil)
            #expect(try await node.database.value("SELECT count(*) FROM job") == "0")
            #expect(try await node.database.value("SELECT count(*) FROM item WHERE parent_id IS NOT NULL") == "0")
            let again = try await refusal {
                try await node.uploads.claim(part.id, in: part.folder, owner: "ann", at: 4)
            }
            #expect(again == .alreadyComplete(part))
        }
    }

    @Test func aFinalOfCompletePartsHasItsItemAndItsJobAtOnce() async throws {
        try await TestNode.alone { node in
            let parts = [try await node.completePart(length: 4), try await node.completePart(length: 5)]
            let final = try await node.final(of: [parts[0].id, parts[1].id, parts[0].id])
            #expect(final.state == .complete && final.length == 13 && final.offset == 13 && final.item != nil)
            #expect(!final.isWaitingForParts)
            #expect(try await node.job(final) == "queued|false|-|13|-")
            #expect(try await node.database.value("SELECT name FROM item WHERE upload_id IS NOT NULL") == "note.txt")
            #expect(try await node.uploads.parts(of: final.id) == [parts[0], parts[1], parts[0]])
        }
    }

    @Test func aFinalOfUnfinishedPartsWaitsForTheLastOne() async throws {
        try await TestNode.alone { node in
            let (one, first) = try await node.part(length: 4)
            let (other, second) = try await node.part(length: nil)
            let final = try await node.final(of: [one.id, other.id])
            #expect(final.isWaitingForParts && final.item != nil)
            #expect(try await node.job(final) == "queued|true|part \(one.id)|0|-")
            _ = try await node.uploads.complete(first, offset: 4, as: Self.name)
            #expect(try await node.job(final) == "queued|true|part \(other.id)|0|-")
            let known = try await node.uploads.setLength(7, of: second)
            _ = try await node.uploads.complete(known, offset: 7, as: Self.name)
            #expect(try await node.job(final) == "queued|false|-|11|-")
            #expect(try await node.uploads.find(final.id)?.length == 11)
        }
    }

    @Test func theWorkersAreToldWhenTheLastPartIsComplete() async throws {
        try await TestNode.pair { node, other in
            var heard = other.listener.events(on: "tussock_jobs").makeAsyncIterator()
            #expect(await heard.next() == .gap)
            let (part, claim) = try await node.part(length: 4)
            let final = try await node.final(of: [part.id])
            _ = try await other.uploads.complete(claim, offset: 4, as: Self.name)
            let id = try await node.database.value("SELECT id FROM job WHERE upload_id = '\(final.id)'")
            #expect(await heard.next() == .notification(channel: "tussock_jobs", payload: id ?? ""))
        }
    }

    @Test func aFinalFailsWhenAPartIsTerminatedBeforeItIsComplete() async throws {
        try await TestNode.alone { node in
            let (part, claim) = try await node.part(length: 4)
            _ = try await node.uploads.release(claim, offset: 1)
            let final = try await node.final(of: [try await node.completePart(length: 1).id, part.id])
            try await node.uploads.terminate(part.id) { _ in }
            let row = try #require(try await node.uploads.find(final.id))
            #expect(row.state == .failed && row.reason == "part \(part.id) was terminated")
            #expect(try await node.job(final) == "dead|false|-|0|PartGone")
        }
    }

    @Test func aPartThatIsTerminatedWhenItIsCompleteIsStillThereForItsFinals() async throws {
        try await TestNode.alone { node in
            let complete = try await node.completePart(length: 1)
            let (part, claim) = try await node.part(length: 4)
            let final = try await node.final(of: [complete.id, part.id])
            try await node.uploads.terminate(complete.id) { _ in }
            #expect(try await node.uploads.find(complete.id)?.isRemoved == true)
            _ = try await node.uploads.complete(claim, offset: 4, as: Self.name)
            #expect(try await node.job(final) == "queued|false|-|5|-")
        }
    }

    @Test func aFinalThatWaitsIsTerminatedWithItsJobAndItsItem() async throws {
        try await TestNode.alone { node in
            let (part, claim) = try await node.part(length: 4)
            let final = try await node.final(of: [part.id])
            try await node.uploads.terminate(final.id) { _ in }
            #expect(try await node.uploads.find(final.id)?.state == .terminated)
            #expect(try await node.job(final) == "cancelled|false|-|0|obsolete")
            #expect(try await node.database.value("SELECT count(*) FROM item WHERE parent_id IS NOT NULL") == "0")
            _ = try await node.uploads.complete(claim, offset: 4, as: Self.name)
            #expect(try await node.job(final) == "cancelled|false|-|0|obsolete")
        }
    }

    @Test func whatTheCheckRefusesMakesNothing() async throws {
        try await TestNode.alone { node in
            let part = try await node.completePart(length: 1)
            let error = try await refusal {
                _ = try await node.final(of: [part.id, .random()]) { found in
                    #expect(found == [part.id: part])
                    throw UploadError.forbidden
                }
            }
            #expect(error == .forbidden)
            #expect(try await node.database.value("SELECT count(*) FROM upload") == "1")
            #expect(try await node.database.value("SELECT count(*) FROM item WHERE parent_id IS NOT NULL") == "0")
        }
    }

    @Test func finalsTakeNoBytes() async throws {
        try await TestNode.alone { node in
            let (part, _) = try await node.part(length: 4)
            for parts in [[part.id], [try await node.completePart(length: 1).id]] {
                let final = try await node.final(of: parts)
                let error = try await refusal {
                    try await node.uploads.claim(final.id, in: final.folder, owner: "ann", at: 0)
                }
                #expect(error == .madeOfParts)
            }
        }
    }

    /// The lengths of two parts that were deferred turn out to be too much.
    @Test(arguments: [(Int64.max, Int64(1), nil), (6, 5, 10)] as [(Int64, Int64, Int64?)])
    func partsThatTurnOutTooLargeFailTheFinal(first: Int64, second: Int64, most: Int64?) async throws {
        try await TestNode.alone { node in
            var uploads = node.uploads
            uploads.maximumSize = most
            let parts = [try await node.part(length: nil), try await node.part(length: nil)]
            let final = try await node.final(of: parts.map(\.0.id))
            _ = try await uploads.complete(parts[0].1, offset: first, as: Self.name)
            _ = try await uploads.complete(parts[1].1, offset: second, as: Self.name)
            #expect(try await node.uploads.find(final.id)?.state == .failed)
            #expect(try await node.job(final) == "dead|false|-|0|TooLarge")
            #expect(try await node.uploads.parts(of: final.id).joinedLength == (most == nil ? nil : 11))
        }
    }

    @Test func partsCountForTheQuotaUntilAnItemIsMadeOfThem() async throws {
        try await TestNode.alone { node in
            let part = try await node.completePart(length: 7)
            let final = try await node.final(of: [part.id])
            #expect(try await node.uploads.unfinished(of: "ann") == (1, 7))
            try await node.database.script("UPDATE upload SET state = 'finalized' WHERE id = '\(final.id)'")
            #expect(try await node.uploads.unfinished(of: "ann") == (0, 0))
        }
    }

    @Test func twoFinalsOfOneNameAtTheSameMomentHaveNamesOfTheirOwn() async throws {
        try await TestNode.alone(poolSize: 8) { node in
            let part = try await node.completePart(length: 1)
            try await withThrowingTaskGroup { group in
                for _ in 0..<12 { group.addTask { _ = try await node.final(of: [part.id]) } }
                try await group.waitForAll()
            }
            #expect(try await node.database.value("SELECT count(DISTINCT name) FROM item WHERE kind = 'File'") == "12")
        }
    }
}

extension TestNode {
    /// A partial upload that a writer holds.
    func part(length: Int64?) async throws -> (Upload, Claim) {
        var new = NewUpload.sample(length: length)
        new.concat = "partial"
        return try await uploads.createClaimed(new)
    }

    func completePart(length: Int64) async throws -> Upload {
        let claim = try await part(length: length).1
        return try await uploads.complete(claim, offset: length, as: ConcatenationTests.name)
    }

    func final(
        of parts: [UploadID], check: ([UploadID: Upload]) throws -> Void = { _ in }
    ) async throws -> Upload {
        var new = NewUpload.sample(length: nil)
        new.concat = "final;" + parts.map { "/@upload/\($0)" }.joined(separator: " ")
        return try await uploads.createFinal(new, of: parts, as: ConcatenationTests.name, check: check)
    }

    /// The job of an upload: `state|waits|waiting_for|bytes_total|error_class`, absent ones as `-`.
    func job(_ upload: Upload) async throws -> String? {
        try await database.value(
            """
            SELECT concat_ws(
                '|', state, waits::text, coalesce(waiting_for, '-'), bytes_total, coalesce(error_class, '-'))
            FROM job WHERE upload_id = '\(upload.id)'
            """)
    }
}
