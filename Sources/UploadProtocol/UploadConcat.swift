import HTTPTypes

/// Upload-Concat: an upload that is a part of a later one, or one that is made of such parts (Concatenation).
package struct UploadConcat: Sendable, Equatable {
    /// Bytes of the header's value; more is 413. An HTTP server stops reading a field somewhat later, without a word.
    package static let maximumBytes = 64 * 1024

    /// The value as it was sent: Concatenation, "The Server MUST respond to a `HEAD` request […] with the
    /// `Upload-Concat` header and its value as received in the upload creation request."
    package let raw: String
    /// The parts of a final upload in order, each an absolute or relative URL as the client wrote it; none of a partial
    /// one.
    package let parts: [String]

    package var isFinal: Bool { !parts.isEmpty }
    package var isPartial: Bool { parts.isEmpty }

    /// nil without the header. Throws 413 `tooLarge` over `maximumBytes`, 400 `invalidHeader` for all that is neither
    /// `partial` nor `final;` with URLs.
    init?(_ fields: HTTPFields) throws(TusError) {
        guard let value = try fields.single(.uploadConcat) else { return nil }
        guard value.utf8.count <= Self.maximumBytes else { throw .concatTooLarge }
        guard let concat = UploadConcat(value) else {
            throw .invalidHeader(
                .uploadConcat, "expected partial, or final; and the URLs of partial uploads, got \(quoted(value))")
        }
        self = concat
    }

    /// Reads a value that was accepted before, and nothing else.
    ///
    /// Upload-Concat: "If the upload is a partial one, the header value MUST be `partial`. In the case of a final
    /// upload, its value MUST be `final` followed by a semicolon and a space-separated list of partial upload URLs that
    /// will be concatenated. The partial uploads URLs MAY be absolute or relative and MUST NOT contain spaces as
    /// defined in RFC 3986."
    package init?(_ value: String) {
        raw = value
        if value == "partial" {
            parts = []
            return
        }
        let prefix = "final;"
        guard value.hasPrefix(prefix), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        parts = value.dropFirst(prefix.count).split(separator: " ").map { String($0) }
        if parts.isEmpty { return nil }
    }

    /// The path of a part below this service, from the slash on, percent-encoded as the client wrote it.
    ///
    /// A relative URL is resolved against the URL that the creation was sent to (RFC 3986 §5.2). Throws 400 naming the
    /// part if it is another service's, or no URL of a resource at all.
    /// - Parameters:
    ///   - number: of the part, from 1.
    ///   - creation: the URL that the request was sent to, absolute.
    ///   - service: where this service stands, absolute; it may end in a path, but not in a slash.
    package static func path(
        of reference: String, number: Int, creation: String, service: String
    ) throws(TusError) -> String {
        guard let home = URLReference(service), let base = URLReference(creation), let part = URLReference(reference),
            let url = base.resolving(part)
        else { throw invalid(reference, number, "is not a URL") }
        guard !url.hasUserInformation else { throw invalid(reference, number, "has a user name in it") }
        guard url.query == nil, url.fragment == nil else {
            throw invalid(reference, number, "has a query or a fragment, which no upload has")
        }
        let prefix = home.path
        guard url.origin == home.origin, url.path.hasPrefix(prefix + "/") else {
            throw invalid(reference, number, "is not of this service, \(service)")
        }
        return String(url.path.dropFirst(prefix.count))
    }

    /// How an error calls a part.
    package static func name(_ reference: String, _ number: Int) -> String { "part \(number), \(quoted(reference))," }

    private static func invalid(_ reference: String, _ number: Int, _ what: String) -> TusError {
        .invalidHeader(.uploadConcat, "\(name(reference, number)) \(what)")
    }
}
