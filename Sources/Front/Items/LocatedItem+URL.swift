import Content
import Foundation

extension LocatedItem {
    /// An item at a path, for JSON.
    init(_ item: ContentItem, at path: [String], _ exchange: Exchange) {
        let snapshot = ItemSnapshot(
            uid: item.id.hex, kind: item.kind, id: item.name, title: item.title, description: item.description,
            owner: item.owner, created: item.created, modified: item.modified, filename: item.filename,
            contentType: item.contentType, size: item.size, width: item.width, height: item.height)
        self.init(snapshot, url: exchange.url(of: path))
    }
}
