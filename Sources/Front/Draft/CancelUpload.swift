import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// DELETE: ends an open upload; of a complete one it removes the tombstone, never the item.
///
/// §4.5.2: "Upon receiving a `DELETE` request, the server SHOULD deactivate the upload resource." "The server SHOULD
/// terminate any in-flight requests to the upload resource before sending the response".
struct CancelUpload: Sendable {
    let exchange: Exchange
    let arrival: Arrivals.Arrival

    init(_ exchange: Exchange, _ arrival: Arrivals.Arrival) {
        self.exchange = exchange
        self.arrival = arrival
    }

    func answer() async throws -> Response {
        let place = try await Place.ofUploads(exchange)
        try await exchange.node.uploads.terminate(arrival.upload, for: arrival, check: place.checkDraft)
        return Response(status: .noContent, headers: [.cacheControl: "no-store"])
    }
}
