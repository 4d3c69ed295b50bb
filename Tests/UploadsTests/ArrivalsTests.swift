import Foundation
import Postgres
import TestSupport
import Testing
import UploadProtocol

@testable import Uploads

/// Requests on one upload of one process: who came earlier and was held up gives way to who came later.
@Suite struct ArrivalsTests {
    @Test func aHeldUpClaimGivesWayToALaterLook() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            #expect(try await node.uploads.settled(upload.id) { _ in }.offset == 0)
            await #expect(throws: UploadError.claimLost) { try await node.claim(upload, for: older) }
            let next = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0)
            #expect(next.fence == 1)
        }
    }

    /// What a look saw may be older than a claim that came and went before it was let through.
    @Test func whoseLookMissedAnOlderClaimLooksAgain() async throws {
        try await TestNode.alone { node in
            let arrivals = node.handover.arrivals
            let upload = try await node.uploads.create(.sample())
            let older = arrivals.arrive(at: upload.id)
            let newer = arrivals.arrive(at: upload.id)
            arrivals.look(newer)
            _ = try await node.claim(upload, for: older)
            arrivals.leave(older)
            #expect(arrivals.hasMissed(newer))
            arrivals.look(newer)
            #expect(!arrivals.hasMissed(newer))
        }
    }

    /// One that came while the older one's statement was on its way may have looked before that took effect.
    @Test func whoCameDuringAnOlderTryLooksAgain() async throws {
        try await TestNode.alone { node in
            let arrivals = node.handover.arrivals
            let upload = try await node.uploads.create(.sample())
            let older = arrivals.arrive(at: upload.id)
            let newer = try await arrivals.trying(older, hasTurn: false) {
                let newer = arrivals.arrive(at: upload.id)
                #expect(arrivals.supersede(before: newer))
                #expect(!arrivals.hasMissed(newer))
                return newer
            }
            #expect(!arrivals.supersede(before: newer))
            #expect(arrivals.hasMissed(newer))
        }
    }

    @Test func aHeldUpClaimGivesWayToALaterClaim() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            let newer = try await node.uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0)
            await #expect(throws: UploadError.claimLost) { try await node.claim(upload, for: older) }
            #expect(try await node.uploads.find(upload.id)?.fence == newer.fence)
        }
    }

    @Test func aNewerRequestIsLetThroughBeforeItsOwnClaim() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            let newer = node.handover.arrivals.arrive(at: upload.id)
            try await node.uploads.overtake(with: node.claiming(upload), newer)
            await #expect(throws: UploadError.claimLost) { try await node.claim(upload, for: older) }
            #expect(try await node.claim(upload, for: newer).fence == 1)
        }
    }

    @Test func aRequestThatWillBeRefusedOvertakesNobody() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            let newer = node.handover.arrivals.arrive(at: upload.id)
            try await node.uploads.overtake(with: node.claiming(upload, at: 1), newer)
            await #expect(throws: UploadError.forbidden) {
                try await node.uploads.overtake(with: node.claiming(upload, owner: "ben"), newer)
            }
            #expect(try await node.claim(upload, for: older).fence == 1)
        }
    }

    @Test func aLookThatIsRefusedHoldsNobodyBack() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            await #expect(throws: UploadError.forbidden) {
                try await node.uploads.settled(upload.id) { _ in throw UploadError.forbidden }
            }
            await #expect(throws: UploadError.forbidden) {
                try await node.uploads.claim(upload.id, in: upload.folder, owner: "ben", at: 0)
            }
            #expect(try await node.claim(upload, for: older).fence == 1)
        }
    }

    @Test func anOlderLookHoldsNoNewerClaimBack() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            let newer = node.handover.arrivals.arrive(at: upload.id)
            _ = try await node.uploads.settled(upload.id, for: older) { _ in }
            #expect(try await node.claim(upload, for: newer).fence == 1)
        }
    }

    @Test func aLookWaitsForAnOlderClaimThatIsOnItsWayToTheDatabase() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let older = node.handover.arrivals.arrive(at: upload.id)
            let (answers, go) = AsyncStream<Void>.makeStream()
            let onItsWay = Flag()
            let statement = node.claiming(upload)
            let claiming = Task {
                try await node.handover.arrivals.trying(older, hasTurn: false) {
                    onItsWay.raise()
                    for await _ in answers { break }
                    let row = try #require(try await node.uploads.pool.first(statement))
                    return Holder(Claim(row, trustedUntil: .now + .seconds(30)), on: node, committing: 6)
                }
            }
            try await eventually("the claim is on its way") { onItsWay.isUp }
            let looking = Task { try await node.uploads.settled(upload.id) { _ in } }
            go.yield()
            let holder = try await claiming.value
            #expect(try await looking.value.offset == 6 && holder.wasAsked)
        }
    }

    @Test func aHeldUpClaimThatNobodyWaitsForAnyMoreIsNotMade() async throws {
        try await TestNode.alone { node in
            let upload = try await node.uploads.create(.sample())
            let prompt = node.handover.arrivals.arrive(at: upload.id) { false }
            let late = prompt.heldUp(for: .seconds(1))
            await #expect(throws: UploadError.claimLost) { try await node.claim(upload, for: late) }
            #expect(try await node.uploads.find(upload.id)?.fence == 0)
        }
    }

    @Test func nothingIsKeptOfRequestsThatLeft() {
        let arrivals = Arrivals(tried: Signals())
        let id = UploadID.random()
        let all = (0..<5).map { _ in arrivals.arrive(at: id) }
        #expect(arrivals.count == 5)
        for arrival in all { arrivals.leave(arrival) }
        #expect(arrivals.count == 0)
    }
}

extension TestNode {
    fileprivate func claiming(_ upload: Upload, owner: String? = nil, at offset: Int64 = 0) -> ClaimUpload {
        ClaimUpload(
            id: upload.id, folder: upload.folder, owner: owner, offset: offset, node: id, leaseSeconds: 30, turn: nil)
    }

    fileprivate func claim(_ upload: Upload, for arrival: Arrivals.Arrival) async throws -> Claim {
        try await uploads.claim(upload.id, in: upload.folder, owner: nil, at: 0, for: arrival)
    }
}

extension Arrivals.Arrival {
    /// The same request, had it come that much earlier.
    fileprivate func heldUp(for time: Duration) -> Self {
        Self(upload: upload, number: number, moment: moment - time, isWanted: isWanted)
    }
}
