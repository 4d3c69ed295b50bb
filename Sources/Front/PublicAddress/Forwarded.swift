/// One element of `Forwarded` (RFC 7239 §4): what one proxy says of the request that reached it.
package struct Forwarded: Sendable, Equatable {
    /// `for`: who sent it to that proxy.
    package var client: String?
    package var host: String?
    package var scheme: String?

    /// The elements of one line, the client's end first; nil if it is malformed.
    ///
    /// Names are compared without regard to case; quoted strings are unquoted; `by` and extensions are read and left
    /// out. More lenient than the grammar in two things that proxies do: white space around `;`, and values such as
    /// `host=example.org:8080` without the quotes that the colon asks for.
    package static func parse(_ line: String) -> [Forwarded]? {
        var scanner = ForwardedScanner(line)
        var elements: [Forwarded] = []
        repeat {
            guard let pairs = scanner.element() else { return nil }
            // RFC 9110 §5.6.1.2: a recipient must "ignore a reasonable number of empty list elements".
            if !pairs.isEmpty {
                elements.append(Forwarded(client: pairs["for"], host: pairs["host"], scheme: pairs["proto"]))
            }
        } while scanner.takeComma()
        return scanner.isAtEnd ? elements : nil
    }
}

/// Reads the grammar of RFC 7239 §4 byte by byte.
private struct ForwardedScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = ArraySlice(text.utf8) }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func takeComma() -> Bool { take(",") }

    /// `[ forwarded-pair ] *( ";" [ forwarded-pair ] )` with its white space; nil if malformed, or if a parameter is
    /// there twice: "Each parameter MUST NOT occur more than once per field-value".
    mutating func element() -> [String: String]? {
        var pairs: [String: String] = [:]
        repeat {
            skipSpace()
            if let name = token() {
                guard take("="), let value = value(), pairs.updateValue(value, forKey: name.lowercased()) == nil else {
                    return nil
                }
            }
            skipSpace()
        } while take(";")
        return pairs
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private mutating func token() -> String? { run { Self.tokenBytes.contains($0) } }

    private mutating func value() -> String? {
        guard take("\"") else { return run { (0x21...0x7E).contains($0) && !"\",;".utf8.contains($0) } }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return nil
    }

    /// One or more such bytes.
    private mutating func run(_ isWanted: (UInt8) -> Bool) -> String? {
        let bytes = rest.prefix(while: isWanted)
        guard !bytes.isEmpty else { return nil }
        rest = rest.dropFirst(bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
}
