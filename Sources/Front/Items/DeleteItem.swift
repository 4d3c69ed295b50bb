import Content
import HTTPTypes
import Hummingbird

/// DELETE of content: the item and everything below it.
struct DeleteItem: Sendable {
    let exchange: Exchange

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    func answer() async throws -> Response {
        let place = try await Place.find(exchange, for: .delete)
        try await exchange.node.content.delete(place.item)
        return Response(status: .noContent)
    }
}
