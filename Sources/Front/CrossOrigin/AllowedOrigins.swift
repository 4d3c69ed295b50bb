/// The web origins whose pages may use this service (`TUSSOCK_CORS_ORIGINS`), as browsers write them in `Origin`.
package enum AllowedOrigins: Sendable, Equatable {
    case any
    /// Serialised as the Fetch standard does: in lower case, without the scheme's default port.
    case these(Set<String>)

    /// Reads `*`, or origins `scheme://host[:port]` separated by commas or spaces.
    ///
    /// Throws with the part that is none: a path, even a mere slash, `null`, and `*` beside others are mistakes.
    package init(parsing text: String) throws(WrongSetting) {
        let parts = text.split { $0 == "," || $0 == " " || $0 == "\t" }
        if parts == ["*"] {
            self = .any
            return
        }
        var origins: Set<String> = []
        for part in parts {
            guard let origin = Self.origin(part) else {
                throw WrongSetting(
                    part: String(part),
                    expected: "* alone, or origins without a path such as https://example.org, http://localhost:3000")
            }
            origins.insert(origin)
        }
        self = .these(origins)
    }

    package func contains(_ origin: String) -> Bool {
        switch self {
        case .any: true
        case .these(let origins): origins.contains(origin)
        }
    }

    /// Schemes other than http and https are those of desktop and mobile shells, such as `capacitor://localhost`.
    private static func origin(_ text: Substring) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[colon...].hasPrefix("://") else {
            return nil
        }
        let scheme = text[..<colon].lowercased()
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        guard let first = scheme.utf8.first, letters.contains(first),
            scheme.utf8.allSatisfy({ letters.contains($0) || (48...57).contains($0) || "+-.".utf8.contains($0) }),
            var authority = Authority(text[colon...].dropFirst(3).lowercased())
        else { return nil }
        if authority.port == PublicBase.Scheme(scheme)?.defaultPort { authority.port = nil }
        return "\(scheme)://\(authority.host)" + (authority.port.map { ":\($0)" } ?? "")
    }
}
