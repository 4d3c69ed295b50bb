import Foundation

/// Where a deployment stands for its clients: `https://files.example.org/media`, without a slash at its end.
package struct Site: Sendable, Equatable, CustomStringConvertible {
    /// The URL is not one that can be examined; the description names it and what is expected.
    package struct Wrong: Error, CustomStringConvertible {
        package let description: String
    }

    /// `http` or `https`.
    package var scheme: String
    package var host: String
    package var port: Int
    /// Of the folder in which is uploaded, such as `/media`; empty for the root.
    package var path: String

    /// A PEM file of the certificates that vouch for the site's own; nil: those that the system trusts.
    package var authorities: String?

    package var isSecure: Bool { scheme == "https" }

    private static func standardPort(_ scheme: String) -> Int { scheme == "https" ? 443 : 80 }

    /// As in the `Host` field.
    package var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == Self.standardPort(scheme) ? host : "\(host):\(port)"
    }

    package var description: String { "\(scheme)://\(authority)\(path)" }

    /// An absolute URL and the user and password in it.
    package static func parse(_ text: String) throws -> (site: Site, user: String?, password: String?) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, parts.query == nil
        else {
            throw Wrong(
                description: "\"\(text)\" is not the URL of a deployment or of a folder of it, such as "
                    + "https://files.example.org/media")
        }
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let site = Site(
            scheme: scheme, host: bare, port: parts.port ?? standardPort(scheme), path: path)
        return (site, parts.user, parts.password)
    }

    /// What of another absolute URL is not as it is here, in words; nil if nothing is, or if it is none.
    func difference(from url: String) -> String? {
        guard let other = try? Self.parse(url).site else { return "it is no absolute URL" }
        if other.scheme != scheme { return "its scheme is \(other.scheme) instead of \(scheme)" }
        if other.host.lowercased() != host.lowercased() { return "its host is \(other.host) instead of \(host)" }
        if other.port != port { return "its port is \(other.port) instead of \(port)" }
        guard other.path == path || other.path.hasPrefix(path + "/") else {
            return "its path begins with \(other.path) instead of \(path)"
        }
        return nil
    }
}
