/// What a client says about its file: the pairs of Upload-Metadata, checked, and the three that Plone knows.
///
/// Creation, Upload-Metadata: "Servers SHOULD carefully validate metadata values or sanitize them before using them as
/// header values to avoid header smuggling." `raw` and `contentType` are printable ASCII; `filename` and `type` are
/// any text without control characters.
package struct UploadMetadata: Sendable, Equatable {
    /// Bytes of the header's value; more is 413 (API.md §3).
    package static let maximumBytes = 16 * 1024

    /// The value as it was sent, for HEAD; "" if there was none.
    package let raw: String
    /// The file's name without any folder: not empty, not `.` or `..`, at most 255 bytes of UTF-8.
    /// From `filename`, else from `name`, which some tus clients send.
    package let filename: String?
    /// A well-formed media type. From `content-type`, else from `filetype` or `type`, which Uppy sends.
    package let contentType: String?
    /// The content type (portal type) of the item to make, from `@type`; `nil` if empty.
    package let type: String?

    private let values: [String: [UInt8]]

    /// Reads a header's value; `nil`, "" and white space are no metadata.
    ///
    /// Throws 413 `metadataTooLarge` over `maximumBytes`, else 400 `invalidHeader` naming the key.
    package init(parsing header: String?) throws(TusError) {
        let header = trimmingOWS(header ?? "")
        guard header.utf8.count <= Self.maximumBytes else { throw .metadataTooLarge }
        let values = try Self.pairs(header)
        raw = header
        filename = try Self.filename(values)
        contentType = try Self.contentType(values)
        type = try Self.portalType(values)
        self.values = values
    }

    /// The value of a key, whatever its case; `[]` for a key without one, `nil` for a key that was not sent.
    package subscript(_ key: String) -> [UInt8]? { values[key.lowercased()] }

    /// The header's value for these pairs, in this order, as a client sends it.
    ///
    /// The keys are not checked: parsing the result throws if one breaks the rules.
    package static func serialise(_ pairs: [(key: String, value: [UInt8])]) -> String {
        pairs.map { $0.value.isEmpty ? $0.key : "\($0.key) \(Base64.encode($0.value))" }.joined(separator: ",")
    }
}

extension UploadMetadata {
    /// The pairs under their keys in lower case, as plone.restapi compares them.
    ///
    /// Creation, Upload-Metadata: it "MUST consist of one or more comma-separated key-value pairs". White space around
    /// a comma is allowed, since a proxy may join two lines so (RFC 9110 §5.3); an empty pair is not.
    private static func pairs(_ header: String) throws(TusError) -> [String: [UInt8]] {
        guard !header.isEmpty else { return [:] }
        var values: [String: [UInt8]] = [:]
        for element in header.split(separator: ",", omittingEmptySubsequences: false) {
            let (key, value) = try pair(trimmingOWS(element))
            // "All keys MUST be unique."
            guard values.updateValue(value, forKey: key.lowercased()) == nil else {
                throw .invalidHeader(.uploadMetadata, "the key \(quoted(key)) is there twice")
            }
        }
        return values
    }

    /// "The key and value MUST be separated by a space." "The value MAY be empty. In these cases, the space, which
    /// would normally separate the key and the value, MAY be left out."
    private static func pair(_ element: String) throws(TusError) -> (key: String, value: [UInt8]) {
        let parts = element.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let key = String(parts[0])
        // "The key MUST NOT contain spaces and commas and MUST NOT be empty. The key SHOULD be ASCII encoded"
        guard !key.isEmpty else { throw .invalidHeader(.uploadMetadata, "a key is empty") }
        guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalidHeader(.uploadMetadata, "the key \(quoted(key)) is not printable ASCII")
        }
        guard parts.count == 2 else { return (key, []) }
        // "the value MUST be Base64 encoded"
        guard let value = Base64.decode(parts[1]) else {
            throw .invalidHeader(.uploadMetadata, "the value of \(quoted(key)) is not base64")
        }
        return (key, value)
    }
}
