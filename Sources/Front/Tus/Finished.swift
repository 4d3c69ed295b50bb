import Content
import HTTPTypes
import Synchronization
import UploadProtocol
import Uploads

/// An upload whose bytes are all there: the item that it became or is about to become.
struct Finished: Sendable {
    let upload: Upload
    /// Where the item stands; nil if it has been deleted since.
    let path: [String]?
    /// The item's URL; nil if it has been deleted since.
    let url: String?

    var state: Upload.State { upload.state }

    /// nil while the upload is open, and of a partial one.
    init?(_ upload: Upload, _ exchange: Exchange) async throws {
        guard upload.state != .open, let item = upload.item else { return nil }
        self.upload = upload
        let place = exchange.place.withLock { $0 }
        if let standing = upload.standing, let place, standing.folder == place.last.id {
            path = place.names + [standing.name]
        } else {
            path = try await exchange.node.content.path(of: item, probablyIn: place)
        }
        url = path.map(exchange.url(of:))
    }

    /// `Upload-Finalization`: whether the item is still to come, or will not; nil when it is there.
    var finalization: String? {
        switch state {
        case .complete: "pending"
        case .failed: "failed"
        default: nil
        }
    }

    /// Says what the field of a pending finalization does not: that it has failed, and why.
    func describe(_ fields: inout HTTPFields) {
        if state == .failed { ResponseFields.failed(&fields, reason: upload.reason) }
    }

    /// Waits until the finalizer is done with the upload, until `seconds` have passed, or until this node shuts down.
    /// - Parameter news: a wait that began before the upload was like this.
    static func wait(
        for upload: Upload, on node: FrontNode, since news: consuming Signals<UploadID>.Ticket
    ) async throws -> Upload {
        let deadline = ContinuousClock.now.advanced(by: .seconds(node.settings.finalizeWait))
        var latest = upload
        var ticket = news
        while true {
            let left = deadline - .now
            guard latest.state == .complete, latest.item != nil, left > .zero, !node.handover.writers.isDraining else {
                return latest
            }
            // The notification may be lost: look once in a second.
            _ = await ticket.wait(atMost: min(left, .seconds(1)))
            ticket = node.finalizations.signals.ticket(for: upload.id)
            latest = try await node.uploads.find(upload.id) ?? latest
        }
    }

    /// The same for an upload that may have been finalized since it was looked at.
    static func wait(for upload: Upload, on node: FrontNode) async throws -> Upload {
        let ticket = node.finalizations.signals.ticket(for: upload.id)
        return try await wait(for: node.uploads.find(upload.id) ?? upload, on: node, since: ticket)
    }
}
