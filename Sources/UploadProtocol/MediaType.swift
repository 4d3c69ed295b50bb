import HTTPTypes

/// A media type as it stands in a header: `type/subtype` with optional parameters (RFC 9110 §8.3.1).
package struct MediaType: Sendable, Equatable {
    /// The type of every body of tus; compared without regard to case.
    package static let offsetOctetStream = "application/offset+octet-stream"
    /// Longest accepted value: RFC 6838 §4.2 allows 127 bytes for each of type and subtype.
    package static let maximumBytes = 255

    /// `type/subtype` in lower case, without parameters.
    package let essence: String
    /// What was given, without the white space around it; printable ASCII, safe to echo as a header value.
    package let text: String

    /// `nil` if `text` is not one media type with well-formed parameters, or longer than `maximumBytes`.
    package init?(_ text: some StringProtocol) {
        let text = trimmingOWS(text)
        guard text.utf8.count <= Self.maximumBytes else { return nil }
        var scanner = ParameterScanner(text)
        guard let type = scanner.token(), scanner.take("/"), let subtype = scanner.token(), scanner.parameters() else {
            return nil
        }
        essence = "\(type)/\(subtype)".lowercased()
        self.text = text
    }

    /// Throws 415 unless Content-Type is `application/offset+octet-stream`.
    ///
    /// Core, PATCH: "All `PATCH` requests MUST use `Content-Type: application/offset+octet-stream`, otherwise the
    /// server SHOULD return a `415 Unsupported Media Type` status." Creation With Upload says the same of POST.
    /// Well-formed parameters are ignored, since the type defines none and HTTP libraries like to add `charset`.
    static func checkOffsetOctetStream(_ fields: HTTPFields) throws(TusError) {
        let values = fields[values: .contentType]
        guard values.count == 1, MediaType(values[0])?.essence == offsetOctetStream else {
            throw .unsupportedMediaType
        }
    }
}
