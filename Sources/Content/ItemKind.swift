/// The types of content there are; the raw value is the JSON's `@type`.
package enum ItemKind: String, Sendable, Codable, CaseIterable {
    case site = "Plone Site"
    case folder = "Folder"
    case file = "File"
    case image = "Image"

    /// Whether items can be put into it.
    package var isFolderish: Bool {
        switch self {
        case .site, .folder: true
        case .file, .image: false
        }
    }

    /// The field that holds the bytes, as in `@@download/file`; nil for folders.
    package var primaryField: String? {
        switch self {
        case .site, .folder: nil
        case .file: "file"
        case .image: "image"
        }
    }

    /// The type that an upload becomes: the `@type` it names, else by extension, else by content type, else File.
    ///
    /// Unlike Plone's content type registry, text becomes a File (there is no Document here), and SVG as well, by
    /// extension and by content type: it can carry scripts, and an Image is shown inline. A `@type` that is named
    /// wins over both; that is safe, since only `ContentDisposition.isSafeInline` decides what is shown inline.
    /// Empty strings count as absent. Throws `BadRequest` for a `@type` that no upload can become.
    package static func ofUpload(type: String?, filename: String?, contentType: String?) throws -> ItemKind {
        if let type, !type.isEmpty { return try ofUpload(named: type) }
        if let ending = filename.flatMap(MediaType.fileExtension) {
            if imageExtensions.contains(ending) { return .image }
            if ending == "svg" || ending == "svgz" { return .file }
        }
        let essence = MediaType.essence(contentType ?? "")
        return essence.hasPrefix("image/") && !essence.hasPrefix("image/svg") ? .image : .file
    }

    private static let imageExtensions: Set<String> = ["jpg", "jpeg", "png", "gif", "webp"]

    private static func ofUpload(named type: String) throws -> ItemKind {
        switch ItemKind(rawValue: type) {
        case .file: return .file
        case .image: return .image
        case .folder, .site: throw BadRequest("An upload cannot become a '\(type)'; it may become: File, Image")
        case nil: throw BadRequest("Unknown @type '\(type)'; an upload may become: File, Image")
        }
    }
}
