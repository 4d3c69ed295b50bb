/// The keys that mean something here. plone.restapi's own keys win over the synonyms of other tus clients.
extension UploadMetadata {
    /// Longest file name in bytes of UTF-8, that of Linux's NAME_MAX, so that the name can be kept on any disk.
    package static let maximumFilenameBytes = 255

    static func filename(_ values: [String: [UInt8]]) throws(TusError) -> String? {
        for key in ["filename", "name"] {
            guard let text = try text(key, values) else { continue }
            return try basename(text, key)
        }
        return nil
    }

    /// An empty value counts as absent, because browsers give "" for a type that they do not know.
    /// `type` is too common a word to insist on: what is no media type there is the client's own business.
    static func contentType(_ values: [String: [UInt8]]) throws(TusError) -> String? {
        for key in ["content-type", "filetype"] {
            guard let text = try text(key, values), !text.isEmpty else { continue }
            guard let type = MediaType(text) else {
                throw invalid(key, "expected a media type, got \(quoted(text))")
            }
            return type.text
        }
        return values["type"].flatMap { String(validating: $0, as: UTF8.self) }.flatMap { MediaType($0)?.text }
    }

    static func portalType(_ values: [String: [UInt8]]) throws(TusError) -> String? {
        guard let text = try text("@type", values), !text.isEmpty else { return nil }
        try checkControls(text, "@type")
        return text
    }

    /// The part after the last `/` or `\`: some browsers send the whole path, and none of it may reach a disk.
    private static func basename(_ text: String, _ key: String) throws(TusError) -> String {
        try checkControls(text, key)
        let separators = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
        let parts = text.utf8.split(omittingEmptySubsequences: false) { separators.contains($0) }
        let name = String(decoding: Array(parts.last ?? text.utf8[...]), as: UTF8.self)
        guard !["", ".", ".."].contains(name) else { throw invalid(key, "it names no file") }
        guard name.utf8.count <= maximumFilenameBytes else {
            throw invalid(key, "it must be at most \(maximumFilenameBytes) bytes")
        }
        return name
    }

    private static func text(_ key: String, _ values: [String: [UInt8]]) throws(TusError) -> String? {
        guard let bytes = values[key] else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid(key, "it is not UTF-8") }
        return text
    }

    private static func checkControls(_ text: String, _ key: String) throws(TusError) {
        let hasControl = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard !hasControl else { throw invalid(key, "it has control characters") }
    }

    private static func invalid(_ key: String, _ detail: String) -> TusError {
        .invalidHeader(.uploadMetadata, "the value of \(quoted(key)): \(detail)")
    }
}
