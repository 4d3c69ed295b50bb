package import Foundation
import Logging
import Postgres
package import UploadProtocol

extension UploadStore {
    /// The right to write the upload from `offset` on, taken from whoever holds it now: the newer request wins.
    ///
    /// One statement when nobody holds it. Throws `UploadError` when the upload cannot be written at this offset.
    /// - Parameter owner: nil when the principal may write anybody's upload.
    package func claim(_ id: UploadID, in folder: UUID, owner: String?, at offset: Int64) async throws -> Claim {
        var contention = Contention()
        while true {
            let ticket = handover.released.ticket(for: id)
            let moment = ContinuousClock.now
            let statement = ClaimUpload(
                id: id, folder: folder, owner: owner, offset: offset, node: handover.node, leaseSeconds: leaseSeconds)
            if let upload = try await pool.first(statement) {
                return Claim(upload, trustedUntil: trust(from: moment))
            }
            let upload = try await existing(id, in: folder, owner: owner)
            if upload.lease != nil {
                try await oust(upload, ticket, &contention)
            } else if upload.state != .open || upload.offset != offset {
                throw refusal(of: upload, at: offset)
            }
        }
    }

    /// The upload once no claim stands, so that the offset that it tells is accepted by the next PATCH. Makes a
    /// writer stop and commit first; a dead one is fenced off.
    /// - Parameter check: throws what keeps this request from disturbing the writer, such as a missing permission.
    package func settled(_ id: UploadID, check: (Upload) throws -> Void) async throws -> Upload {
        var contention = Contention()
        while true {
            let ticket = handover.released.ticket(for: id)
            guard let upload = try await find(id) else { throw UploadError.notFound }
            try check(upload)
            if upload.lease == nil { return upload }
            try await oust(upload, ticket, &contention)
        }
    }

    /// How long one request has been waiting for holders.
    private struct Contention {
        let since = ContinuousClock.now
        /// The fence of a claim of this very node that has no writer. It may be about to be registered, so it gets a
        /// second look before it is taken.
        var writerless: Int64?
    }

    /// Asks the holder to let go and waits a moment for word of it. Takes the claim away by force if its lease has
    /// run out, if the holder has not answered in time, or if it is not there at all.
    private func oust(
        _ upload: Upload, _ ticket: Signals<UploadID>.Ticket, _ contention: inout Contention
    ) async throws {
        guard let lease = upload.lease else { return }
        let left = Handover.patience - (ContinuousClock.now - contention.since)
        guard lease.isLive, left > .zero else { return try await fenceOff(upload, holder: lease.node) }
        if try await !handover.ask(lease.node, toRelease: upload.id) {
            if contention.writerless == upload.fence { return try await fenceOff(upload, holder: lease.node) }
            contention.writerless = upload.fence
        }
        _ = await ticket.wait(atMost: min(left, Handover.look))
        try Task.checkCancellation()
    }

    private func fenceOff(_ upload: Upload, holder: NodeID) async throws {
        guard try await pool.first(FenceUpload(id: upload.id, fence: upload.fence)) != nil else { return }
        logger.warning(
            "claim taken by force from a holder that did not let go",
            metadata: ["upload": "\(upload.id)", "holder": "\(holder)", "fence": "\(upload.fence)"])
    }

    private func existing(_ id: UploadID, in folder: UUID, owner: String?) async throws -> Upload {
        guard let upload = try await find(id), upload.folder == folder else { throw UploadError.notFound }
        if let owner, upload.owner != owner { throw UploadError.forbidden }
        if upload.isRemoved { throw UploadError.gone }
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
