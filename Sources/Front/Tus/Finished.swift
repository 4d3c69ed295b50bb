import Content
import HTTPTypes
import UploadProtocol
import Uploads

/// An upload whose bytes are all there: the item that it became or is about to become.
struct Finished: Sendable {
    let upload: Upload
    /// The item's URL; nil if it has been deleted since.
    let url: String?

    var state: Upload.State { upload.state }

    /// nil while the upload is open.
    init?(_ upload: Upload, _ exchange: Exchange) async throws {
        guard upload.state != .open, let item = upload.item else { return nil }
        self.upload = upload
        url = try await exchange.node.content.path(of: item).map(exchange.url(of:))
    }

    /// Says what the field of a pending finalization does not: that it has failed.
    func describe(_ fields: inout HTTPFields) {
        if state == .failed { fields[.uploadFinalization] = "failed" }
    }

    /// Waits until the finalizer is done with the upload, or until `seconds` have passed.
    static func wait(
        for upload: Upload, _ ticket: Signals<UploadID>.Ticket, seconds: Int, _ uploads: UploadStore
    ) async throws -> Upload {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        var latest = upload
        while latest.state == .complete {
            let left = deadline - .now
            guard left > .zero else { return latest }
            // The notification may be lost: look once in a second.
            _ = await ticket.wait(atMost: min(left, .seconds(1)))
            latest = try await uploads.find(upload.id) ?? latest
        }
        return latest
    }
}
