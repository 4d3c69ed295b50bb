import Foundation
import TestSupport
import Testing
import UploadProtocol
import Uploads

/// All bytes of an upload by one statement, without a claim.
@Suite struct AtOnceTests {
    private static let name = ItemReservation(stem: "note", suffix: ".txt")

    private func completed(
        _ upload: Upload, on node: TestNode, length: Int64 = 10, owner: String? = nil
    ) async throws -> Upload? {
        let arrival = node.handover.arrivals.arrive(at: upload.id)
        defer { node.handover.arrivals.leave(arrival) }
        return try await node.uploads.completeAtOnce(
            upload.id, in: upload.folder, owner: owner, length: length, file: UploadStore.fileOfItsOwn(), as: Self.name,
            for: arrival)
    }

    @Test func itCompletesAnUploadThatHasNothing() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample(length: 10))
            let done = try #require(try await completed(upload, on: node))
            #expect(done.state == .complete && done.offset == 10 && done.item != nil && done.lease == nil)
            #expect(done.chunks.whole == done.chunks.fences.first && done.fence == 1)
            #expect(try await node.database.value("SELECT state FROM job") == "queued")
            // Once.
            #expect(try await completed(upload, on: node) == nil)
            #expect(try await node.database.value("SELECT count(*) FROM item WHERE parent_id IS NOT NULL") == "1")
        }
    }

    @Test func whatIsHeldBegunOrAnothersIsLeftAlone() async throws {
        try await TestNode.alone { node in
            let (held, claim) = try await node.uploads.createClaimed(.sample(length: 10))
            #expect(try await completed(held, on: node) == nil)
            _ = try await node.uploads.release(claim, offset: 3)
            #expect(try await completed(held, on: node) == nil)
            let upload = try await node.uploads.create(.sample(length: 10))
            #expect(try await completed(upload, on: node, length: 9) == nil)
            #expect(try await completed(upload, on: node, owner: "somebody else") == nil)
            #expect(try await node.uploads.find(upload.id) == upload)
        }
    }

    @Test func ofManyAtOnceOneWins() async throws {
        try await TestNode.pair { node, other in
            let upload = try await node.uploads.create(.sample(length: 10))
            let winners = try await withThrowingTaskGroup(of: Upload?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do {
                            return try await completed(upload, on: number % 2 == 0 ? node : other)
                        } catch UploadError.claimLost {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [Upload]()) { if let upload = $1 { $0.append(upload) } }
            }
            #expect(winners.count == 1)
            #expect(try await node.uploads.find(upload.id)?.chunks == winners.first?.chunks)
            #expect(try await node.database.value("SELECT count(*) FROM job") == "1")
        }
    }
}
