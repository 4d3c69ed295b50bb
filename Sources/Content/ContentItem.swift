package import Foundation
package import Postgres

/// One item of the tree as its row tells it.
package struct ContentItem: Sendable, Equatable {
    /// `reserved`: its upload is complete and its name is taken, but the finalizer has not published it yet.
    package enum State: String, Sendable {
        case reserved, published
    }

    package var id: UUID
    /// nil for the root alone.
    package var parent: UUID?
    /// The last part of its URL.
    package var name: String
    package var kind: ItemKind
    package var state: State
    package var title: String
    package var description: String
    package var owner: String
    package var created: Date
    package var modified: Date
    package var filename: String?
    package var contentType: String?
    /// Bytes.
    package var size: Int64?
    /// Pixels; nil for anything whose header does not tell.
    package var width: Int?
    package var height: Int?
    /// The finished file on the volume.
    package var blob: UUID?
    /// The upload that it came from or is to come from.
    package var upload: UUID?
}

extension ContentItem {
    static let columns = """
        item.id, item.parent_id, item.name, item.kind, item.state, item.title, item.description, item.owner,
        item.created_at, item.modified_at, item.filename, item.content_type, item.size, item.width, item.height,
        item.blob_id, item.upload_id
        """

    init(row: Row) throws {
        self.init(
            id: try row["id"], parent: try row["parent_id"], name: try row["name"], kind: try row["kind"],
            state: try row["state"], title: try row["title"], description: try row["description"],
            owner: try row["owner"], created: try row["created_at"], modified: try row["modified_at"],
            filename: try row["filename"], contentType: try row["content_type"], size: try row["size"],
            width: try row["width"], height: try row["height"], blob: try row["blob_id"],
            upload: try row["upload_id"])
    }
}

extension ItemKind: SQLDecodable, SQLEncodable {
    package var sqlText: String? { rawValue }

    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let kind = sqlText.flatMap(Self.init(rawValue:)) else {
            throw SQLDecodingError("the text is not a kind of item")
        }
        self = kind
    }
}

extension ContentItem.State: SQLDecodable {
    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let state = sqlText.flatMap(Self.init(rawValue:)) else {
            throw SQLDecodingError("the text is not a state of an item")
        }
        self = state
    }
}
