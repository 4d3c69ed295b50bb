package import Foundation

/// An item as it is read from the database at one moment, without its place in the tree.
package struct ItemSnapshot: Sendable, Equatable {
    /// 32 lower-case hex digits.
    package var uid: String
    package var kind: ItemKind
    /// The last part of its path; empty for the site.
    package var id: String
    package var title: String
    package var description: String
    /// The account's name.
    package var owner: String
    package var created: Date
    package var modified: Date
    /// As uploaded; nil for folders.
    package var filename: String?
    /// nil for folders.
    package var contentType: String?
    /// Bytes of the file; nil if it has none.
    package var size: Int64?
    /// Pixels; nil for what is not an Image, and for one whose header could not be read.
    package var width: Int?
    package var height: Int?

    package init(
        uid: String, kind: ItemKind, id: String, title: String, description: String = "", owner: String,
        created: Date, modified: Date, filename: String? = nil, contentType: String? = nil, size: Int64? = nil,
        width: Int? = nil, height: Int? = nil
    ) {
        self.uid = uid
        self.kind = kind
        self.id = id
        self.title = title
        self.description = description
        self.owner = owner
        self.created = created
        self.modified = modified
        self.filename = filename
        self.contentType = contentType
        self.size = size
        self.width = width
        self.height = height
    }
}

/// An item and its absolute URL, percent-encoded, without a slash at the end.
package struct LocatedItem: Sendable, Equatable {
    package var item: ItemSnapshot
    package var url: String

    package init(_ item: ItemSnapshot, url: String) {
        self.item = item
        self.url = url
    }
}
