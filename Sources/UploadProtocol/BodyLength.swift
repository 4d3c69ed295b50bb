package import HTTPTypes

/// What a request's fields say about the size of its body, in bytes.
package enum BodyLength: Sendable, Equatable {
    /// No Content-Length and no Transfer-Encoding: in HTTP/1.1 there is no body (RFC 9112 §6.3).
    /// In HTTP/2 the fields do not tell; there the server passes `.none` only if the head ended the stream.
    case none
    /// Content-Length, 0 included.
    case exactly(Int64)
    /// `Transfer-Encoding: chunked`: known when it ends.
    case unknown

    /// Throws 400 for a Content-Length that is malformed, repeated or accompanied by Transfer-Encoding (which is how
    /// requests are smuggled, RFC 9112 §6.3), and for any Transfer-Encoding but `chunked`.
    package init(_ fields: HTTPFields) throws(TusError) {
        let length = try fields.byteCount(.contentLength)
        let coding = try fields.single(.transferEncoding)
        switch (length, coding) {
        case (nil, nil): self = .none
        case (let length?, nil): self = .exactly(length)
        case (nil, let coding?) where coding.lowercased() == "chunked": self = .unknown
        case (nil, _?): throw .invalidHeader(.transferEncoding, "expected chunked")
        case (_?, _?): throw .invalidHeader(.contentLength, "it must not come with Transfer-Encoding")
        }
    }

    /// Whether there is certainly no byte: no body, or Content-Length: 0.
    package var isEmpty: Bool { self == .none || self == .exactly(0) }

    /// The announced number of bytes, that is Content-Length; `nil` if there is none.
    package var announced: Int64? {
        if case .exactly(let length) = self { length } else { nil }
    }
}
