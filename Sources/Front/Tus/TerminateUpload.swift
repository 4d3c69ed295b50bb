import HTTPTypes
import Hummingbird
import UploadProtocol
import Uploads

/// DELETE: ends an open upload; of a finished one it removes the tombstone, never the item.
///
/// tus 1.0.0, Termination: "When receiving a `DELETE` request for an existing upload the Server SHOULD free associated
/// resources and MUST respond with the `204 No Content` status".
struct TerminateUpload: Sendable {
    let exchange: Exchange
    let arrival: Arrivals.Arrival

    init(_ exchange: Exchange, _ arrival: Arrivals.Arrival) {
        self.exchange = exchange
        self.arrival = arrival
    }

    func answer() async throws -> Response {
        try Tus.checkVersion(exchange.fields)
        let place = try await Place.ofUploads(exchange)
        try await exchange.node.uploads.terminate(arrival.upload, for: arrival) { try place.check($0) }
        return Response(status: .noContent, headers: ResponseFields.terminated())
    }
}
