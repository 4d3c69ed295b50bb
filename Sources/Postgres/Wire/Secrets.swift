/// Keeps passwords out of messages.
///
/// libpq quotes what it could not parse, and a password with an unescaped `@`, `%` or blank is parsed as something
/// else; so what counts is where a password may stand in the text, not only what libpq took for it.
struct Secrets: Sendable {
    private let regions: [String]
    private let harmless: Set<String>
    /// A quotation mark in the conninfo makes it unclear what libpq's message quotes.
    private let isQuotingUnclear: Bool

    /// `values` are libpq's, empty when it could not parse.
    init(conninfo: String, values: [String: String]) {
        var regions = Self.uriPassword(conninfo) + [values["password"], values["sslpassword"]].compactMap { $0 }
        if values.isEmpty { regions += Self.afterKeyword(conninfo) }
        self.regions = regions.filter { !$0.isEmpty }
        harmless = Set([values["user"], values["dbname"]].compactMap { $0 })
        isQuotingUnclear = conninfo.contains("\"")
    }

    /// From the second `:` to the last `@`, and its fragments at an `@`, which libpq may have taken for a host.
    private static func uriPassword(_ conninfo: String) -> [String] {
        guard conninfo.hasPrefix("postgres://") || conninfo.hasPrefix("postgresql://"),
            let at = conninfo.lastIndex(of: "@")
        else { return [] }
        let parts = conninfo[..<at].split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return [] }
        let fragments = parts[2].split { "@:/".contains($0) }.filter { $0.count > 1 }
        return [String(parts[2])] + fragments.map { String($0) }
    }

    /// Everything after the first `password` and its `=`: in a malformed text nothing says where the value ends.
    private static func afterKeyword(_ conninfo: String) -> [String] {
        let words = conninfo.split(separator: "password", maxSplits: 1, omittingEmptySubsequences: false)
        return words.count == 2 ? [String(words[1].drop { $0 == " " || $0 == "=" })] : []
    }

    /// The message with `***` for every quoted piece that overlaps a place where a password may stand.
    func redacted(_ message: String) -> String {
        var pieces = message.split(separator: "\"", omittingEmptySubsequences: false).map { String($0) }
        if isQuotingUnclear { return pieces[0] + (pieces.count > 1 ? "***" : "") }
        for index in pieces.indices where !index.isMultiple(of: 2) && isSecret(pieces[index]) { pieces[index] = "***" }
        return pieces.joined(separator: "\"")
    }

    private func isSecret(_ piece: String) -> Bool {
        !piece.isEmpty && !harmless.contains(piece)
            && regions.contains { $0.contains(piece) || piece.contains($0) }
    }
}
