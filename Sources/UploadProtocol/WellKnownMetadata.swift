/// The keys that mean something here. plone.restapi's own keys win over the synonyms of other tus clients.
extension UploadMetadata {
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
        guard !Filename.hasControl(text) else { throw invalid("@type", "it has control characters") }
        return text
    }

    private static func basename(_ text: String, _ key: String) throws(TusError) -> String {
        do {
            return try Filename.basename(text)
        } catch {
            throw invalid(key, error.reason)
        }
    }

    private static func text(_ key: String, _ values: [String: [UInt8]]) throws(TusError) -> String? {
        guard let bytes = values[key] else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid(key, "it is not UTF-8") }
        return text
    }

    private static func invalid(_ key: String, _ detail: String) -> TusError {
        .invalidHeader(.uploadMetadata, "the value of \(quoted(key)): \(detail)")
    }
}
