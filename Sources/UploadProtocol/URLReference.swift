/// A URL or a relative reference to one, in its five parts (RFC 3986 §3, §4.1). Nothing in it is decoded.
struct URLReference: Sendable, Equatable {
    var scheme: String?
    var authority: String?
    var path: String
    var query: String?
    var fragment: String?

    /// nil if it has anything but printable ASCII, or a scheme that is none.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        var rest = Substring(text)
        fragment = Self.cut(&rest, from: "#")
        query = Self.cut(&rest, from: "?")
        // A colon before the first slash ends a scheme (§4.2).
        if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/") {
            let name = rest[..<colon].lowercased()
            guard Self.isScheme(name) else { return nil }
            scheme = name
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            let end = rest.dropFirst(2).firstIndex(of: "/") ?? rest.endIndex
            authority = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
            rest = rest[end...]
        }
        path = String(rest)
    }

    private static func cut(_ rest: inout Substring, from mark: Character) -> String? {
        guard let start = rest.firstIndex(of: mark) else { return nil }
        defer { rest = rest[..<start] }
        return String(rest[rest.index(after: start)...])
    }

    /// §3.1: "ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )".
    private static func isScheme(_ name: String) -> Bool {
        name.first?.isLetter == true && name.allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
    }

    /// What `reference` means when it stands at this URL (§5.2.2); nil if this one is not absolute.
    func resolving(_ reference: URLReference) -> URLReference? {
        guard scheme != nil, authority != nil else { return nil }
        var url = reference
        if reference.scheme == nil {
            url.scheme = scheme
            if reference.authority == nil {
                url.authority = authority
                if reference.path.isEmpty {
                    url.path = path
                    url.query = reference.query ?? query
                } else if !reference.path.hasPrefix("/") {
                    // §5.2.3: in place of what follows the last slash.
                    url.path = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "/") + reference.path
                }
            }
        }
        url.path = Self.removingDotSegments(url.path)
        return url
    }

    /// §5.2.4.
    static func removingDotSegments(_ path: String) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var kept: [Substring] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                // The empty one in front is the slash that an absolute path begins with.
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }

    var hasUserInformation: Bool { authority?.contains("@") == true }

    /// Scheme, host and port in the one spelling that they have (§6.2.2, §6.2.3).
    var origin: String {
        var authority = (authority ?? "").lowercased()
        if authority.hasSuffix(":") { authority.removeLast() }
        for (name, port) in [("http", ":80"), ("https", ":443")] where scheme == name && authority.hasSuffix(port) {
            authority.removeLast(port.count)
        }
        return "\(scheme ?? "")://\(authority)"
    }
}
