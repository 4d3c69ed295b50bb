import Postgres
import TestSupport
import Testing
import UploadProtocol
import Uploads

/// Requests that wait for a holder while others wait with them.
@Suite struct OvertakenTests {
    @Test func aHeadThatIsOvertakenByAnotherStillWaitsForTheWriter() async throws {
        // On a busy machine the holder may come so late that it is taken for dead; then it is tried again.
        for _ in 0..<20 where try await Self.headsTellWhatAHolderCommits() { return }
        Issue.record("the holder was never in time")
    }

    private static func headsTellWhatAHolderCommits() async throws -> Bool {
        try await TestNode.pair { one, other in
            let (upload, claim) = try await one.uploads.createClaimed(.sample())
            let (asked, stop) = AsyncStream<Void>.makeStream()
            #expect(one.handover.writers.add(upload.id, fence: claim.fence) { _ in stop.yield() } == nil)
            async let first = other.uploads.settled(upload.id) { _ in }
            async let second = other.uploads.settled(upload.id) { _ in }
            // Each asks once a look, so both have looked again since the later one took its turn.
            for await _ in asked.prefix(5) {}
            let isInTime = (try? await one.uploads.release(claim, offset: 5)) != nil
            await one.handover.letGo(of: claim)
            let told = try await [first.offset, second.offset]
            #expect(told == (isInTime ? [5, 5] : [0, 0]))
            return isInTime
        }
    }

    @Test(.timeLimit(.minutes(15))) func twoDeletesAtOnceDoNotKeepEachOtherFromADeadHolder() async throws {
        try await TestNode.pair { one, other in
            let (upload, _) = try await one.uploads.createClaimed(.sample())
            try await one.database.script(
                """
                UPDATE upload SET lease_node = 'host:1:00000000deadbeef', lease_until = now() + interval '1 h'
                WHERE id = '\(upload.id)'
                """)
            async let first = Self.delete(upload.id, at: one)
            async let second = Self.delete(upload.id, at: other)
            _ = try await (first, second)
            #expect(try await one.uploads.find(upload.id)?.isRemoved == true)
        }
    }

    private static func delete(_ id: UploadID, at node: TestNode) async throws {
        do {
            try await node.uploads.terminate(id) { if $0.isRemoved { throw UploadError.gone } }
        } catch UploadError.gone {
            // The other one did it.
        }
    }
}
