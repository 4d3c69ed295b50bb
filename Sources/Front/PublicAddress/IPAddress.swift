import Foundation

/// An IPv4 or IPv6 address. An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2), which is how a
/// dual-stack listener sees its IPv4 peers, is that IPv4 address.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16, in network order.
    let bytes: [UInt8]

    /// nil unless `text` is one address: dotted decimal, or RFC 4291 §2.2 without brackets and zone.
    package init?(_ text: some StringProtocol) {
        guard let bytes = Self.parse(String(text)) else { return nil }
        self.bytes = bytes.starts(with: Self.mapped) && bytes.count == 16 ? Array(bytes[12...]) : bytes
    }

    static let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    /// The bytes as written, a mapped address with all 16.
    static func parse(_ text: String) -> [UInt8]? {
        // To C a NUL is the end, and what stands behind it would go unseen.
        guard !text.isEmpty, text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        let isV6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        return inet_pton(isV6 ? AF_INET6 : AF_INET, text, &bytes) == 1 ? bytes : nil
    }
}

extension IPAddress {
    /// The address of a node as proxies write it (RFC 7239 §6): with or without brackets and port.
    ///
    /// nil for `unknown`, for an obfuscated identifier, and for what is malformed.
    package init?(node: some StringProtocol) {
        let text = String(node)
        if let address = IPAddress(text) {
            self = address
        } else if text.hasPrefix("[") {
            let parts = text.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].contains(":"), parts[1].isEmpty || parts[1].hasPrefix(":") else {
                return nil
            }
            self.init(parts[0])
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            self.init(parts[0])
        }
    }
}
