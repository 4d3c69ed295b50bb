/// What a client would rather have (RFC 9110 §12.5.1).
struct AcceptField: Sendable {
    private var weights: [String: Double] = [:]

    /// A malformed weight counts as 1: a wish that is not understood is a wish.
    init(_ value: String?) {
        for range in (value ?? "").lowercased().split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let type = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 1 } ?? 1
            weights[type] = weight
        }
    }

    /// Whether a person reads the answer: a page is asked for by name, and JSON not more than it. Programs that accept
    /// anything get JSON.
    var wantsPage: Bool {
        guard let page = weights["text/html"], page > 0 else { return false }
        return page >= weights["application/json"] ?? 0
    }
}
