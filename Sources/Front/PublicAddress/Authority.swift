/// Host and port of an `http` or `https` URL (RFC 9110 §4.2), in characters that are safe wherever a URL stands.
///
/// Narrower than RFC 3986 §3.2: no user, and of a name's characters only letters, digits, `.`, `-` and `_`.
package struct Authority: Sendable, Equatable {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package var host: String
    package var port: Int?

    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let address = String(decoding: bytes[1..<bracket], as: UTF8.self)
            guard address.contains(":"), IPAddress.parse(address) != nil else { return nil }
            end = bracket + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard (1...255).contains(end), bytes[..<end].allSatisfy({ Self.nameBytes.contains($0) }) else { return nil }
        }
        host = String(decoding: bytes[..<end], as: UTF8.self)
        guard end < bytes.endIndex else { return }
        guard bytes[end] == UInt8(ascii: ":") else { return nil }
        // "host:" has an empty port, which is none (RFC 3986 §3.2.3).
        if end + 1 < bytes.endIndex {
            guard let port = Self.port(String(decoding: bytes[(end + 1)...], as: UTF8.self)) else { return nil }
            self.port = port
        }
    }

    /// 1 to 65535 in digits.
    static func port(_ text: some StringProtocol) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(text), (1...65_535).contains(port)
        else { return nil }
        return port
    }

    private static let nameBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_".utf8)
}
