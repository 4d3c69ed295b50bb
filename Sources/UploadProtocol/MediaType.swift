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
        var scanner = MediaTypeScanner(text)
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

/// Reads the grammar of RFC 9110 §5.6.2, §5.6.4 and §5.6.6 byte by byte.
private struct MediaTypeScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = ArraySlice(text.utf8) }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = rest.first, byte == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// `1*tchar`
    mutating func token() -> String? {
        let bytes = rest.prefix(while: isTokenCharacter)
        guard !bytes.isEmpty else { return nil }
        rest = rest.dropFirst(bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `*( OWS ";" OWS [ parameter ] )` up to the end.
    mutating func parameters() -> Bool {
        while true {
            skipOWS()
            guard !rest.isEmpty else { return true }
            guard take(";") else { return false }
            skipOWS()
            if token() != nil {
                guard take("="), token() != nil || quotedString() else { return false }
            }
        }
    }

    private mutating func skipOWS() {
        while take(" ") || take("\t") {}
    }

    /// `DQUOTE *( qdtext / quoted-pair ) DQUOTE`, in ASCII.
    private mutating func quotedString() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), isPrintable(escaped) else { return false }
            default:
                guard isPrintable(byte) else { return false }
            }
        }
        return false
    }

    private func isPrintable(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) || byte == 0x09 }
}

/// `tchar` of RFC 9110 §5.6.2.
private func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "a")...UInt8(ascii: "z"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
