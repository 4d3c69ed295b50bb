import Postgres

#if canImport(Glibc)
    import Glibc
#endif

/// One running process, for leases and for NOTIFY: `<host>:<pid>:<16 hex>`. The random part makes a process that was
/// started again another node, so nothing ever depends on a process id being unique.
package struct NodeID: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package init(name: String) {
        self.name = name
    }

    /// A new identity for this process.
    package static func ofThisProcess() -> NodeID {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        let padded = String(repeating: "0", count: 16 - random.count) + random
        return NodeID(name: "\(String(decoding: bytes, as: UTF8.self).prefix(64)):\(getpid()):\(padded)")
    }

    package var description: String { name }

    /// The machine that it runs on.
    package var host: String { name.split(separator: ":").first.map(String.init) ?? "" }

    /// The NOTIFY channel on which this node hears requests of others.
    package var channel: String { "tussock_node_" + suffix }

    /// The random part.
    package var suffix: String { name.split(separator: ":").last.map(String.init) ?? "" }
}

extension NodeID: SQLEncodable {
    package var sqlText: String? { name }
}
