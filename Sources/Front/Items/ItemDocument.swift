import Content
import Monitoring

/// An item as JSON, wherever an answer has one: GET of content, and the final response of an upload.
enum ItemDocument {
    /// - Parameters:
    ///   - trail: from the root down to the item.
    ///   - path: that of the item.
    static func published(
        _ trail: [ContentItem], at path: [String], _ exchange: Exchange, listing: ContentJSON.Listing? = nil
    ) -> JSONValue {
        let parent = trail.dropLast().last.map { LocatedItem($0, at: path.dropLast(), exchange) }
        return ContentJSON.item(
            LocatedItem(trail[trail.count - 1], at: path, exchange), parent: parent, listing: listing)
    }

    /// An item whose bytes are all there, but which the finalizer has not published.
    static func reserved(
        _ item: ContentItem, at path: [String], _ job: JobStatus?, _ exchange: Exchange
    ) -> JSONValue {
        .object([
            "@id": .string(exchange.url(of: path)), "@type": .string(item.kind.rawValue),
            "title": .string(item.title), "job": job.map(JobJSON.summary) ?? .null,
        ])
    }
}
