import Foundation
import UploadProtocol

/// Where this service stands for its clients: what every absolute URL that it makes begins with.
///
/// Whatever it was read from, its text is plain ASCII without anything that could end a URL, a header or a link.
package struct PublicBase: Sendable, Equatable {
    package enum Scheme: String, Sendable {
        case http, https

        /// `nil` for any other scheme; compared without regard to case (RFC 3986 §3.1).
        package init?(_ text: some StringProtocol) {
            self.init(rawValue: text.lowercased())
        }

        var defaultPort: Int { self == .https ? 443 : 80 }
    }

    package var scheme: Scheme
    package var authority: Authority
    /// The path below which the proxy shows the service: "", or `/files` without a slash at the end.
    package var prefix = ""

    package init(scheme: Scheme, authority: Authority, prefix: String = "") {
        (self.scheme, self.authority, self.prefix) = (scheme, authority, prefix)
    }

    /// Reads `TUSSOCK_PUBLIC_URL`.
    package init(parsing url: String) throws(WrongSetting) {
        let wrong = WrongSetting(
            part: url, expected: "an absolute URL such as https://files.example.org or https://example.org/files")
        let parts = url.components(separatedBy: "://")
        guard parts.count == 2, let scheme = Scheme(parts[0]) else { throw wrong }
        let slash = parts[1].utf8.firstIndex(of: UInt8(ascii: "/")) ?? parts[1].endIndex
        guard let authority = Authority(parts[1][..<slash]), let prefix = Self.prefix(parts[1][slash...]) else {
            throw wrong
        }
        self.init(scheme: scheme, authority: authority, prefix: prefix)
    }

    /// Without a slash at the end, and without the port that the scheme has anyway.
    package var text: String {
        let port = authority.port.flatMap { $0 == scheme.defaultPort ? nil : ":\($0)" } ?? ""
        return "\(scheme.rawValue)://\(authority.host)\(port)\(prefix)"
    }

    /// A path for `prefix`; nil if it is none, or one that clients would resolve to another (dot segments, doubled
    /// slashes). "" and "/" are "".
    static func prefix(_ text: some StringProtocol) -> String? {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard !bytes.isEmpty else { return "" }
        guard bytes.count <= 1024, bytes[0] == UInt8(ascii: "/") else { return nil }
        let segments = bytes[1...].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for segment in segments.map({ String(decoding: $0, as: UTF8.self) }) {
            // RFC 3986 §3.3: pchar.
            guard segment.utf8.allSatisfy({ segmentBytes.contains($0) }), let plain = URLPath.decoded(segment.utf8),
                !["", ".", ".."].contains(plain), !plain.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
            else { return nil }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let segmentBytes = Set((URLPath.plain + "%").utf8)
}
