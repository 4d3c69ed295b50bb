/// Reads the grammar of RFC 9110 §5.6.2, §5.6.4 and §5.6.6 byte by byte: tokens, quoted strings, parameters.
struct ParameterScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = ArraySlice(text.utf8) }

    var isAtEnd: Bool { rest.isEmpty }

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

    /// `OWS ";" OWS`; false at the end, and before anything else.
    mutating func separator() -> Bool {
        skipOWS()
        guard take(";") else { return false }
        skipOWS()
        return true
    }

    /// `*( OWS ";" OWS [ parameter ] )` up to the end, in ASCII.
    mutating func parameters() -> Bool {
        while separator() {
            guard token() != nil else { continue }
            guard take("="), token() != nil || quotedString()?.utf8.allSatisfy({ $0 < 0x80 }) == true else {
                return false
            }
        }
        return isAtEnd
    }

    mutating func skipOWS() {
        while take(" ") || take("\t") {}
    }

    /// `DQUOTE *( qdtext / quoted-pair ) DQUOTE`, without the quotes and the backslashes; UTF-8 for `obs-text`.
    mutating func quotedString() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), isPrintable(escaped) else { return nil }
                text.append(escaped)
            default:
                guard isPrintable(byte) else { return nil }
                text.append(byte)
            }
        }
        return nil
    }

    private func isPrintable(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == 0x09 }
}

/// `tchar` of RFC 9110 §5.6.2.
private func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "a")...UInt8(ascii: "z"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
