import Content
import Foundation
import HTTPTypes
import Hummingbird
import Monitoring
import UploadProtocol

/// `/@jobs` and what is below it (API.md, section 5): to look at for `Manager` and `Monitor`, to steer for `Manager`.
struct JobsEndpoint: Sendable {
    let exchange: Exchange

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    var reader: JobReader { exchange.node.jobs }
    var json: JobJSON { JobJSON(base: exchange.base) }

    /// - Parameter words: the path behind `@jobs`.
    func answer(_ words: [String]) async throws -> Response {
        switch (words.first, words.count) {
        case (nil, _): return try await read(list)
        case ("stats", 1): return try await read { try await json.figures(reader.figures()) }
        case ("history", 1): return try await read(history)
        case ("workers", 1): return try await read { try await json.workers(reader.workers()) }
        case ("audit", 1): return try await read(audit)
        case ("events", 1): return try await events()
        case ("retry", 1): return try await steer { try await many(.retry, $0) }
        case ("cancel", 1): return try await steer { try await many(.cancel, $0) }
        case ("pause", 1): return try await steer { try await pause(true, $0) }
        case ("resume", 1): return try await steer { try await pause(false, $0) }
        case (let word?, 1) where Int64(word) != nil: return try await read { try await single(word) }
        case (let word?, 2) where words[1] == "retry":
            return try await steer { try await one(.retry, word, $0) }
        case (let word?, 2) where words[1] == "cancel":
            return try await steer { try await one(.cancel, word, $0) }
        default: throw TusError.notFound("There is no \(quoted("@jobs/" + words.joined(separator: "/"))) here")
        }
    }

    private func read(_ body: () async throws -> JSONValue) async throws -> Response {
        guard [.get, .head].contains(exchange.method) else {
            return MethodNotAllowed.answer(exchange, allowed: "GET, HEAD")
        }
        try await checkReader()
        return tagged(try await body())
    }

    /// Throws 401 or 403.
    func checkReader() async throws {
        let principal = try await exchange.principal()
        guard principal.mayMonitor else {
            throw TusError.forbidden("\(quoted(principal.name)) may not see jobs; the roles Manager and Monitor may")
        }
    }

    /// With an ETag, or 304 for one who has it already. The tag is weak: it says that nothing is told anew.
    private func tagged(_ value: JSONValue) -> Response {
        let text = value.text
        let tag = "W/\"\(String(Self.fingerprint(text), radix: 16))\""
        let fields: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache", .vary: "Accept"]
        let validators = Validators(etag: tag, lastModified: 0)
        let outcome = validators.evaluate(
            ifMatch: nil, ifNoneMatch: exchange.fields[.ifNoneMatch], ifModifiedSince: nil, ifUnmodifiedSince: nil)
        if outcome == .notModified { return Response(status: .notModified, headers: fields) }
        return ErrorResponses.json(.ok, text: text, fields)
    }

    /// FNV-1a of 64 bits: the same on every node.
    private static func fingerprint(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private func list() async throws -> JSONValue {
        let pairs = try parameters()
        let query = try JobQuery(pairs.map { ($0.name, $0.value) })
        let kept = pairs.filter { !JobPage.names.contains($0.name) }.map(\.raw)
        return json.list(try await reader.list(query), query, keeping: kept)
    }

    func single(_ word: String) async throws -> JSONValue {
        guard let id = Int64(word), let job = try await reader.find(id) else {
            throw TusError.notFound("There is no job \(quoted(word))")
        }
        let past = try await reader.past(of: id)
        return json.job(job, attempts: past.attempts, actions: past.actions)
    }

    /// `minutes`: how far back, at most a week.
    private func history() async throws -> JSONValue {
        let minutes = try number("minutes", in: 1...10_080, default: 60)
        return json.minutes(try await reader.minutes(minutes))
    }

    /// Newest first; `before` is the id of the last entry that was read.
    private func audit() async throws -> JSONValue {
        let pairs = try parameters()
        for pair in pairs where !["before", "b_size"].contains(pair.name) {
            throw BadRequest("there is no parameter \(quoted(pair.name)); there are: before, b_size")
        }
        var page = JobPage()
        for pair in pairs { _ = try page.take(pair.name, pair.value) }
        let entries = try await reader.audit(before: page.before, limit: page.size)
        let url = exchange.base + "/@jobs/audit"
        var members: [String: JSONValue] = ["@id": .string(url), "items": .array(entries.map(json.action))]
        if entries.count == page.size, let last = entries.last {
            members["batching"] = [
                "@id": .string(url), "next": .string("\(url)?before=\(last.id)&b_size=\(page.size)"),
            ]
        }
        return .object(members)
    }

    private func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        var value = fallback
        for pair in try parameters() {
            guard pair.name == name, let number = Int(pair.value), range.contains(number) else {
                throw BadRequest(
                    "the only parameter is \(name), a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            value = number
        }
        return value
    }

    /// The query's parameters, decoded, and as they were sent.
    private func parameters() throws -> [(name: String, value: String, raw: String)] {
        try (exchange.uri.query ?? "").split(separator: "&").map { raw in
            let parts = raw.replacing("+", with: "%20").split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first?.removingPercentEncoding,
                let value = parts.count == 2 ? parts[1].removingPercentEncoding : ""
            else { throw BadRequest("the query is not percent-encoded UTF-8") }
            return (name, value, String(raw))
        }
    }
}
