import Content
import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// HEAD: how many bytes count. An older request that is still at work is asked to stop and commit first.
///
/// §4.6: "the server MUST NOT send outdated information in responses when retrieving the offset ([…]). This means that
/// the offset sent by the server MUST be accepted in a subsequent request to append representation data".
struct RetrieveOffset: Sendable {
    let exchange: Exchange
    let arrival: Arrivals.Arrival

    init(_ exchange: Exchange, _ arrival: Arrivals.Arrival) {
        self.exchange = exchange
        self.arrival = arrival
    }

    func answer() async throws -> Response {
        let place = try await Place.ofUploads(exchange)
        let upload = try await exchange.node.uploads.settled(arrival.upload, for: arrival, check: place.checkDraft)
        let finished = try await Finished(upload, exchange)
        let status = UploadStatus(length: upload.length, offset: upload.offset, state: upload.state)
        var fields = DraftFields.head(
            status, exchange.limits(of: upload), item: finished?.url, finalization: finished?.finalization)
        finished?.describe(&fields)
        return Response(status: .noContent, headers: fields)
    }
}
