import Content
import Digests
import Foundation
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// PATCH: appends bytes.
///
/// tus 1.0.0, Core, PATCH: "The Server SHOULD accept `PATCH` requests against any upload URL and apply the bytes
/// contained in the message at the given offset specified by the `Upload-Offset` header."
struct PatchUpload: Sendable {
    let exchange: Exchange
    let arrival: Arrivals.Arrival

    init(_ exchange: Exchange, _ arrival: Arrivals.Arrival) {
        self.exchange = exchange
        self.arrival = arrival
    }

    func answer() async throws -> Response {
        try Tus.checkVersion(exchange.fields)
        let place = try await Place.ofUploads(exchange)
        let request = try AppendRequest(exchange.fields)
        let uploads = exchange.node.uploads
        if !request.body.isEmpty { try await exchange.node.space.check() }
        do {
            if let finished = try await WholeUpload.fill(arrival, in: place, request, exchange) {
                return completed(finished)
            }
            let claim = try await uploads.claim(
                arrival.upload, in: place.item.id, owner: place.ownerOfUploads, at: request.offset, for: arrival)
            return try await append(request, claim)
        } catch UploadError.alreadyComplete(let upload) {
            return try await repeated(request, upload)
        } catch UploadError.claimLost {
            return exchange.abandoned()
        }
    }

    private func append(_ request: AppendRequest, _ claim: Claim) async throws -> Response {
        let status = UploadStatus(length: claim.length, offset: claim.offset, state: .open)
        let plan: AppendPlan
        do {
            let wanted = try status.plan(request, maximumSize: exchange.node.settings.maxSize)
            // The digests of the creation count; a client that now says others contradicts itself.
            guard claim.expected.difference(from: request.whole) == nil else {
                throw TusError.invalidHeader(.reprDigest, "it is not the one that the upload was created with")
            }
            plan = try await Quota(exchange.node).limit(wanted, of: claim)
        } catch {
            _ = try await exchange.node.uploads.release(claim, offset: claim.offset)
            throw error
        }
        switch try await Reception(exchange, claim, plan).run() {
        case .appended(let upload): return appended(upload)
        case .completed(let finished): return completed(finished)
        case .overrun(let upload): throw TusError.overrun(plan, length: upload.length ?? plan.newLength)
        case .cut: throw TusError.badRequest("The body ended before its Content-Length")
        case .ousted: return exchange.abandoned()
        }
    }

    /// The last PATCH again, whose answer may have been lost: the same answer again, and no second item.
    private func repeated(_ request: AppendRequest, _ upload: Upload) async throws -> Response {
        _ = try UploadStatus(length: upload.length, offset: upload.offset, state: upload.state).plan(request)
        if request.body.isEmpty { try request.check?.verifyNoContent() }
        guard let finished = try await Finished(upload, exchange) else { return appended(upload) }
        return completed(finished)
    }

    private func appended(_ upload: Upload) -> Response {
        let expires = Int64(upload.expires.timeIntervalSince1970)
        return Response(
            status: .noContent, headers: ResponseFields.appended(offset: upload.offset, expires: expires))
    }

    private func completed(_ finished: Finished) -> Response {
        var fields = ResponseFields.appended(
            offset: finished.upload.offset, expires: nil, item: finished.url, pending: finished.state == .complete)
        finished.describe(&fields)
        return Response(status: .noContent, headers: fields)
    }
}
