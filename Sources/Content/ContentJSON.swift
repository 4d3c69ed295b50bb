/// Content as plone.restapi gives it (research/features.md, part 5): the keys that are true here, and those
/// constants that its clients read without asking whether they are there.
package enum ContentJSON {
    /// An item in a listing; for the site without `review_state`, as in Plone.
    package static func summary(_ located: LocatedItem) -> JSONValue {
        var members = parentMembers(located)
        if located.item.kind != .site { members["review_state"] = .null }
        return .object(members)
    }

    /// A whole item; `parent` is nil for the site. A folder's `items` come with `listing`; without one (the client
    /// said `include_items=false`) it has none of the three listing keys.
    package static func item(_ located: LocatedItem, parent: LocatedItem?, listing: Listing? = nil) -> JSONValue {
        var members = common(located, parent: parent)
        switch located.item.kind {
        case .site, .folder:
            members["nextPreviousEnabled"] = false
            members.merge(listing?.members(url: located.url) ?? [:]) { _, later in later }
        case .file: members["file"] = file(located)
        case .image: members["image"] = image(located)
        }
        return .object(members)
    }

    /// Results that belong to no item, such as `@search`: `@id`, `items`, `items_total` and `batching`.
    package static func results(url: String, _ listing: Listing) -> JSONValue {
        .object(listing.members(url: url).merging(["@id": .string(url)]) { _, later in later })
    }

    /// An error outside the upload endpoints; `context` is the URL of the item, or of the closest ancestor to be seen.
    package static func error(type: String, message: String, context: String) -> JSONValue {
        ["type": .string(type), "message": .string(message), "context": .string(context)]
    }

    /// An error in the nested form, which plone.restapi uses for `@login` and for what a folder forbids.
    package static func nestedError(type: String, message: String) -> JSONValue {
        ["error": ["type": .string(type), "message": .string(message)]]
    }

    /// The path below an item's URL at which its bytes are to be had; nil for folders.
    package static func downloadPath(_ kind: ItemKind) -> String? {
        switch kind {
        case .site, .folder: nil
        case .file: "@@download/file"
        case .image: "@@images/image"
        }
    }
}

extension ContentJSON {
    /// The part of a listing that a batch shows.
    package struct Listing: Sendable, Equatable {
        /// Summaries, or whole items for `fullobjects`.
        package var items: [JSONValue]
        /// How many there are in all.
        package var total: Int
        package var batch: Batch
        /// The request's query as sent, without the question mark.
        package var query: String?

        package init(items: [JSONValue], total: Int, batch: Batch, query: String?) {
            self.items = items
            self.total = total
            self.batch = batch
            self.query = query
        }

        fileprivate func members(url: String) -> [String: JSONValue] {
            var members: [String: JSONValue] = ["items": .array(items), "items_total": .number(Int64(total))]
            if let links = batch.links(url: url, query: query, total: total) { members["batching"] = links }
            return members
        }
    }

    private static func common(_ located: LocatedItem, parent: LocatedItem?) -> [String: JSONValue] {
        let item = located.item
        let own: [String: JSONValue] = [
            "@components": components(located.url),
            "UID": .string(item.uid), "id": .string(item.id), "is_folderish": .bool(item.kind.isFolderish),
            "created": .string(PloneDate.format(item.created)), "modified": .string(PloneDate.format(item.modified)),
            "creators": [.string(item.owner)], "layout": .string(layout(item.kind)),
            "parent": .object(parent.map(parentMembers) ?? [:]),
        ]
        return constants.merging(parentMembers(located)) { _, later in later }.merging(own) { _, later in later }
    }

    /// There is no workflow, no locking, no versions and no relations here; this is how Plone says so.
    private static let constants: [String: JSONValue] = [
        "allow_discussion": false, "contributors": [], "effective": nil, "exclude_from_nav": false, "expires": nil,
        "language": "", "lock": [:], "next_item": [:], "previous_item": [:], "relatedItems": [], "review_state": nil,
        "rights": "", "subjects": [], "version": "current", "working_copy": nil, "working_copy_of": nil,
    ]

    private static func parentMembers(_ located: LocatedItem) -> [String: JSONValue] {
        let item = located.item
        return [
            "@id": .string(located.url), "@type": .string(item.kind.rawValue),
            "type_title": .string(item.kind.rawValue),
            "title": .string(item.title), "description": .string(item.description),
        ]
    }

    /// The services that exist below an item here.
    private static func components(_ url: String) -> JSONValue {
        .object(
            ["actions", "breadcrumbs", "navigation", "types"].reduce(into: [:]) { result, name in
                result[name] = ["@id": .string("\(url)/@\(name)")]
            })
    }

    private static func layout(_ kind: ItemKind) -> String {
        switch kind {
        case .site, .folder: "listing_view"
        case .file: "file_view"
        case .image: "image_view"
        }
    }

    /// null without bytes, as Plone has it for an empty field.
    private static func file(_ located: LocatedItem) -> JSONValue {
        guard let members = fileMembers(located) else { return .null }
        return .object(members)
    }

    /// We make no scales; a side that is not known is -1, as in Plone.
    private static func image(_ located: LocatedItem) -> JSONValue {
        guard var members = fileMembers(located) else { return .null }
        let isKnown = located.item.width != nil && located.item.height != nil
        members["width"] = .number(Int64(isKnown ? located.item.width ?? -1 : -1))
        members["height"] = .number(Int64(isKnown ? located.item.height ?? -1 : -1))
        members["scales"] = [:]
        return .object(members)
    }

    private static func fileMembers(_ located: LocatedItem) -> [String: JSONValue]? {
        let item = located.item
        guard let size = item.size, let path = downloadPath(item.kind) else { return nil }
        return [
            "content-type": .string(item.contentType ?? "application/octet-stream"),
            "download": .string("\(located.url)/\(path)"),
            "filename": .string(item.filename ?? item.id), "size": .number(size),
        ]
    }
}
