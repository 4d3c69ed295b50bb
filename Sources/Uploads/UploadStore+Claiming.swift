package import Foundation
import Logging
import Meters
import Postgres
package import UploadProtocol

extension UploadStore {
    /// The right to write the upload from `offset` on, taken from whoever holds it now: the newer request wins.
    ///
    /// One statement when nobody holds it. Throws `UploadError` when the upload cannot be written at this offset, and
    /// `.claimLost` when a still newer request came while this one waited.
    /// - Parameters:
    ///   - owner: nil when the principal may write anybody's upload.
    ///   - arrival: the request's place among those that reached this process.
    ///   - dialect: that of the request; an upload of the other is refused and not disturbed.
    package func claim(
        _ id: UploadID, in folder: UUID, owner: String?, at offset: Int64, for arrival: Arrivals.Arrival,
        speaking dialect: Dialect = .tus
    ) async throws -> Claim {
        let request = ClaimUpload(
            id: id, folder: folder, owner: owner, offset: offset, node: handover.node, leaseSeconds: leaseSeconds,
            dialect: dialect)
        try await overtake(with: request, arrival)
        var waiting: Waiting?
        while true {
            let ticket = handover.released.ticket(for: id)
            switch try await handover.arrivals.trying(
                arrival, hasTurn: waiting != nil, { try await attempt(request, arrival, &waiting) })
            {
            case .claimed(let claim): return claim
            case .held(let upload): try await oust(upload, ticket, &waiting)
            case .free: continue
            case .anotherIsBefore: _ = await ticket.wait(atMost: Handover.look)
            }
            try Task.checkCancellation()
        }
    }

    /// Makes older requests of this process that have not claimed yet give way, before this one claims itself: one that
    /// claimed in between would move the offset that this one's client was told. Not for a request that is refused.
    func overtake(with request: ClaimUpload, _ arrival: Arrivals.Arrival) async throws {
        guard handover.arrivals.hasOlder(than: arrival) else { return }
        let upload = try await existing(
            request.id, in: request.folder, owner: request.owner, speaking: request.dialect)
        guard upload.state == .open, upload.lease != nil || upload.offset == request.offset else { return }
        handover.arrivals.supersede(before: arrival)
    }

    private enum Attempt {
        case claimed(Claim)
        case held(Upload)
        /// It was held, and is not any more.
        case free
        /// An older request of this process is about to claim or to take its turn: first that, then this one.
        case anotherIsBefore
    }

    /// One try at the claim. A request that finds the upload held takes its turn.
    private func attempt(
        _ request: ClaimUpload, _ arrival: Arrivals.Arrival, _ waiting: inout Waiting?
    ) async throws -> Attempt {
        let moment = ContinuousClock.now
        var request = request
        request.turn = waiting?.turn
        if let upload = try await claiming(request) {
            handover.arrivals.supersede(before: arrival)
            return .claimed(Claim(upload, trustedUntil: trust(from: moment)))
        }
        let upload = try await existing(
            request.id, in: request.folder, owner: request.owner, speaking: request.dialect)
        if let waiting, upload.turn > waiting.turn { throw UploadError.claimLost }
        guard upload.lease != nil else {
            if upload.state == .open, upload.offset == request.offset { return .free }
            throw refusal(of: upload, at: request.offset)
        }
        guard waiting == nil else { return .held(upload) }
        if handover.arrivals.supersede(before: arrival) { return .anotherIsBefore }
        waiting = try await turn(at: upload.id)
        return .held(upload)
    }

    /// The upload once no older request holds it or waits for it, so that the offset that it tells is accepted by the
    /// next PATCH. Makes a writer stop and commit first; a dead one is fenced off.
    /// - Parameter check: throws what keeps this request from disturbing the writer, such as a missing permission.
    package func settled(
        _ id: UploadID, for arrival: Arrivals.Arrival, check: (Upload) throws -> Void
    ) async throws -> Upload {
        var waiting: Waiting?
        let deadline = ContinuousClock.now + handover.patience
        while true {
            let ticket = handover.released.ticket(for: id)
            handover.arrivals.look(arrival)
            guard var upload = try await find(id) else { throw UploadError.notFound }
            try check(upload)
            let isClaiming = handover.arrivals.supersede(before: arrival)
            if isClaiming || handover.arrivals.hasMissed(arrival), ContinuousClock.now < deadline {
                // It may have the claim in a moment, and then it is asked to let go.
                if isClaiming { _ = await ticket.wait(atMost: Handover.look) }
                try Task.checkCancellation()
                continue
            }
            if upload.lease == nil, waiting == nil, upload.turn > upload.claimedTurn {
                // Somebody may still be waiting who came before: send it away.
                upload = try await pool.first(TakeTurn(id: id)) ?? upload
                waiting = Waiting(turn: upload.turn)
            }
            if upload.lease == nil { return upload }
            // Not while the claim stands that was in the way: its writer may still move the offset.
            if let waiting, upload.claimedTurn > waiting.turn { return upload }
            try await oust(upload, ticket, &waiting)
        }
    }

    /// Lets the request through; true if what it saw may not be what older ones leave behind.
    package func isEarly(_ arrival: Arrivals.Arrival) -> Bool {
        handover.arrivals.supersede(before: arrival) || handover.arrivals.hasMissed(arrival)
    }

    /// A request that found the upload held.
    private struct Waiting {
        let turn: Int64
        /// The claim that it is waiting for, and since when.
        var fence: Int64?
        var since = ContinuousClock.now
        /// That claim is of this very node and has no writer. It may be about to be registered, so it gets a second
        /// look before it is taken.
        var isWriterless = false

        init(turn: Int64) {
            self.turn = turn
        }

        mutating func look(at fence: Int64) {
            guard fence != self.fence else { return }
            (self.fence, since, isWriterless) = (fence, .now, false)
        }
    }

    /// Asks the holder to let go and waits a moment for word of it. Takes the claim away by force if its lease has
    /// run out, if the holder has not answered in time, or if it is not there at all.
    private func oust(
        _ upload: Upload, _ ticket: consuming Signals<UploadID>.Ticket, _ waiting: inout Waiting?
    ) async throws {
        guard let lease = upload.lease else { return }
        var mine = if let waiting { waiting } else { try await turn(at: upload.id) }
        defer { waiting = mine }
        mine.look(at: upload.fence)
        let left = handover.patience - (ContinuousClock.now - mine.since)
        guard lease.isLive, left > .zero else {
            return try await fenceOff(upload, holder: lease.node)
        }
        if try await !handover.ask(lease.node, toRelease: upload.id, fence: upload.fence) {
            if mine.isWriterless {
                return try await fenceOff(upload, holder: lease.node)
            }
            mine.isWriterless = true
        }
        _ = await ticket.wait(atMost: min(left, Handover.look))
        try Task.checkCancellation()
    }

    private func turn(at id: UploadID) async throws -> Waiting {
        guard let row = try await pool.first(TakeTurn(id: id)) else { throw UploadError.notFound }
        return Waiting(turn: row.turn)
    }

    private func fenceOff(_ upload: Upload, holder: NodeID) async throws {
        guard try await pool.first(FenceUpload(id: upload.id, fence: upload.fence)) != nil else { return }
        Measured.takeOvers.add(.forced)
        logger.warning(
            "claim taken by force from a holder that did not let go",
            metadata: ["upload": "\(upload.id)", "holder": "\(holder)", "fence": "\(upload.fence)"])
    }

    private func existing(
        _ id: UploadID, in folder: UUID, owner: String?, speaking dialect: Dialect
    ) async throws -> Upload {
        guard let upload = try await find(id), upload.folder == folder else { throw UploadError.notFound }
        if let owner, upload.owner != owner { throw UploadError.forbidden }
        if upload.isRemoved { throw upload.farewell }
        guard upload.dialect == dialect else { throw UploadError.otherDialect(upload.dialect) }
        if upload.isFinal { throw UploadError.madeOfParts }
        return upload
    }

    private func refusal(of upload: Upload, at offset: Int64) -> UploadError {
        switch upload.state {
        case .expired, .terminated: .gone
        case .failed: .failed(reason: upload.reason ?? "the upload could not be finished")
        case .complete, .finalized:
            offset == upload.offset ? .alreadyComplete(upload) : .offsetMoved(current: upload.offset)
        case .open: .offsetMoved(current: upload.offset)
        }
    }
}
