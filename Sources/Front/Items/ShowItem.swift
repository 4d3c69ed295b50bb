import Content
import Foundation
import HTTPTypes
import Hummingbird
import Monitoring
import UploadProtocol

/// GET of content as JSON, in plone.restapi's shape; a folder with a batch of its items.
struct ShowItem: Sendable {
    let exchange: Exchange

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    func answer() async throws -> Response {
        let place = try await Place.find(exchange, for: .view)
        guard place.item.state == .published else { return try await reserved(place.item) }
        return ErrorResponses.json(.ok, try await describe(place))
    }

    private func describe(_ place: Place) async throws -> JSONValue {
        ItemDocument.published(
            place.trail, at: exchange.route.path, exchange, listing: try await listing(place.item))
    }

    private func listing(_ folder: ContentItem) async throws -> ContentJSON.Listing? {
        let query = exchange.uri.queryParameters
        guard folder.kind.isFolderish, query["include_items"] != "false" else { return nil }
        let batch = try Batch(start: query["b_start"].map(String.init), size: query["b_size"].map(String.init))
        let children = try await exchange.node.content.children(
            of: folder.id, offset: batch.offset, limit: batch.limit)
        let items = children.items.map {
            ContentJSON.summary(LocatedItem($0, at: exchange.route.path + [$0.name], exchange))
        }
        return ContentJSON.Listing(items: items, total: children.total, batch: batch, query: exchange.uri.query)
    }

    /// Its bytes are all there, but the finalizer has not published it: 202 with the state of its job, or 410 if the
    /// job is dead.
    private func reserved(_ item: ContentItem) async throws -> Response {
        let job = try await item.upload.asyncMap { try await exchange.node.jobs.job(of: $0) } ?? nil
        guard job?.state != "dead", job?.state != "cancelled" else {
            throw TusError.gone("The upload could not be finished: \(job?.errorMessage ?? "its job was cancelled")")
        }
        let json = ItemDocument.reserved(item, at: exchange.route.path, job, exchange)
        return ErrorResponses.json(.accepted, json, [.retryAfter: "1", .cacheControl: "no-store"])
    }
}

extension Optional {
    /// `map` for a transformation that waits.
    func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
