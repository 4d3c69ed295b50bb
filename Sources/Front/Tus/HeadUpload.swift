import Content
import Foundation
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// HEAD: how many bytes count. A writer that is still at work is asked to stop and commit first, so that the offset is
/// accepted by the next PATCH (DESIGN.md, invariant 6).
struct HeadUpload: Sendable {
    let exchange: Exchange
    let arrival: Arrivals.Arrival

    init(_ exchange: Exchange, _ arrival: Arrivals.Arrival) {
        self.exchange = exchange
        self.arrival = arrival
    }

    func answer() async throws -> Response {
        try Tus.checkVersion(exchange.fields)
        let place = try await Place.ofUploads(exchange)
        let upload = try await exchange.node.uploads.settled(arrival.upload, for: arrival) {
            try place.check($0, speaking: .tus)
        }
        let finished = try await Finished(upload, exchange)
        if upload.isFinal, let concat = upload.concat {
            return Response(status: .ok, headers: try await describe(final: upload, concat, finished))
        }
        return Response(status: .ok, headers: describe(upload, finished))
    }

    static func describe(_ upload: OpenUpload) -> HTTPFields {
        ResponseFields.head(
            UploadStatus(length: upload.length, offset: upload.offset, state: .open), metadata: upload.metadata,
            expires: Int64(upload.expires.timeIntervalSince1970), concat: upload.concat)
    }

    private func describe(_ upload: Upload, _ finished: Finished?) -> HTTPFields {
        let status = UploadStatus(length: upload.length, offset: upload.offset, state: upload.state)
        var fields = ResponseFields.head(
            status, metadata: upload.metadata,
            expires: finished == nil ? Int64(upload.expires.timeIntervalSince1970) : nil,
            item: finished?.url, pending: finished?.state == .complete, concat: upload.concat)
        finished?.describe(&fields)
        return fields
    }

    private func describe(final: Upload, _ concat: String, _ finished: Finished?) async throws -> HTTPFields {
        var length = final.length
        if final.isWaitingForParts { length = try await exchange.node.uploads.parts(of: final.id).joinedLength }
        var fields = ResponseFields.headOfFinal(
            length: length, isJoined: final.state == .finalized, metadata: final.metadata, concat: concat,
            item: finished?.url, pending: final.state == .complete)
        finished?.describe(&fields)
        return fields
    }
}

extension Place {
    /// Whether the upload belongs here, and the principal may ask after it.
    func mayTouch(_ upload: OpenUpload) -> Bool {
        upload.folder == item.id && upload.owner == ownerOfUploads ?? upload.owner
    }

    /// Throws unless the upload belongs here, may be touched by the principal, and is still there.
    func check(_ upload: Upload, speaking dialect: Dialect? = nil) throws {
        guard upload.folder == item.id else { throw UploadError.notFound }
        if let owner = ownerOfUploads, upload.owner != owner { throw UploadError.forbidden }
        guard !upload.isRemoved else { throw upload.farewell }
        if let dialect, upload.dialect != dialect { throw UploadError.otherDialect(upload.dialect) }
    }
}
