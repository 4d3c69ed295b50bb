/// The peers whose `Forwarded` and `X-Forwarded-*` are believed: a list of networks in CIDR notation (RFC 4632 §3.1).
///
/// A network of IPv6, even `::/0`, has no IPv4 address in it. A peer on a Unix socket has no address and is in none.
package struct TrustedProxies: Sendable, Equatable {
    private struct Network: Sendable, Equatable {
        var bytes: [UInt8]
        var prefix: Int

        func contains(_ address: IPAddress) -> Bool {
            guard address.bytes.count == bytes.count else { return false }
            let whole = prefix / 8
            guard address.bytes[..<whole] == bytes[..<whole] else { return false }
            let rest = prefix % 8
            return rest == 0 || (address.bytes[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
        }
    }

    private var networks: [Network] = []

    /// Nobody is trusted.
    package init() {}

    package var isEmpty: Bool { networks.isEmpty }

    /// Reads addresses and networks, separated by commas or spaces; bits of an address beyond its prefix do not count.
    ///
    /// Throws with the part that is none.
    package init(parsing text: String) throws(WrongSetting) {
        for part in text.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
            guard let network = Self.network(part) else {
                throw WrongSetting(
                    part: String(part), expected: "addresses and networks such as 10.0.0.0/8, 192.0.2.7, fd00::/8")
            }
            networks.append(network)
        }
    }

    package func contains(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return networks.contains { $0.contains(address) }
    }

    private static func network(_ text: Substring) -> Network? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bytes = IPAddress.parse(String(parts[0])) else { return nil }
        let most = bytes.count * 8
        guard let prefix = parts.count == 1 ? most : number(parts[1]), prefix <= most else { return nil }
        // A network of mapped addresses is one of IPv4; what is wider holds addresses that are not mapped.
        if most == 128, prefix >= 96, bytes.starts(with: IPAddress.mapped) {
            return Network(bytes: Array(bytes[12...]), prefix: prefix - 96)
        }
        return Network(bytes: bytes, prefix: prefix)
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}

/// A setting that cannot be: the part of it that is wrong, and what was expected there.
package struct WrongSetting: Error, Sendable, Equatable {
    package var part: String
    package var expected: String
}
