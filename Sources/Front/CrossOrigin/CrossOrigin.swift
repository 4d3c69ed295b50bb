package import HTTPTypes
import UploadProtocol

/// CORS (Fetch standard, "CORS protocol"): what a page of another origin may send here and may read of the answers.
///
/// - With a list, an allowed origin is named in the answer and may send credentials. With `*` any page may come, but
///   without the browser's own credentials (cookies, its login dialogue): any page could else act in a visitor's name.
///   A client that sets `Authorization` itself, as tus clients do, works with both.
/// - Every answer has the fields, errors too, or a page could not read the reason.
/// - Not configured: no fields at all. A request of another origin is served all the same; it is the browser that
///   keeps the answer from the page.
package struct CrossOrigin: Sendable {
    package let origins: AllowedOrigins

    package init(_ origins: AllowedOrigins) {
        self.origins = origins
    }

    /// The verbs of the whole service.
    static let methods = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"

    /// What a page may send, beyond what every page may. `*` would not cover `Authorization`.
    static let requestFields = [
        "Authorization", "Content-Type", "Content-Disposition", "Accept", "Accept-Language", "Cache-Control", "Range",
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Prefer",
        "X-HTTP-Method-Override", "X-Requested-With", "X-Request-ID",
        "Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Defer-Length", "Upload-Concat",
        "Upload-Checksum", "Upload-Complete", "Upload-Draft-Interop-Version", "Content-Digest", "Repr-Digest",
        "Want-Content-Digest", "Want-Repr-Digest",
    ].joined(separator: ", ")

    /// What a page may read, beyond what every page may.
    static let exposedFields = [
        "Location", "Link", "Retry-After", "ETag", "Content-Length", "Content-Range", "Content-Disposition",
        "Accept-Ranges", "Allow", "WWW-Authenticate", "X-Request-ID",
        "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Upload-Length",
        "Upload-Offset", "Upload-Metadata", "Upload-Defer-Length", "Upload-Concat", "Upload-Expires",
        "Upload-Finalization", "Upload-Failure", "Upload-Complete", "Upload-Limit", "Upload-Draft-Interop-Version",
        "Accept-Patch", "Content-Digest", "Repr-Digest", "Want-Content-Digest", "Want-Repr-Digest",
    ].joined(separator: ", ")

    /// Seconds for which a browser need not ask again; browsers shorten it to what they like.
    static let maxAge = "86400"

    /// Whether it asks what may be asked: an OPTIONS with `Origin` and `Access-Control-Request-Method`.
    static func isPreflight(_ method: HTTPRequest.Method, _ fields: HTTPFields) -> Bool {
        method == .options && fields.contains(.origin) && fields.contains(.accessControlRequestMethod)
    }

    /// Adds what the answer to a request is to say.
    package func describe(_ answer: inout HTTPFields, to request: HTTPFields, isPreflight: Bool) {
        switch origins {
        case .any: answer[.accessControlAllowOrigin] = "*"
        case .these:
            // Also when the origin is not allowed, or a cache could give this answer to one that is.
            answer.append(HTTPField(name: .vary, value: "Origin"))
            let values = request[values: .origin]
            guard values.count == 1, origins.contains(values[0]) else { return }
            answer[.accessControlAllowOrigin] = values[0]
            answer[.accessControlAllowCredentials] = "true"
        }
        if isPreflight {
            answer[.accessControlAllowMethods] = Self.methods
            answer[.accessControlAllowHeaders] = Self.requestFields
            answer[.accessControlMaxAge] = Self.maxAge
        } else {
            answer[.accessControlExposeHeaders] = Self.exposedFields
        }
    }
}
