import Content
import Foundation
import HTTPTypes
import Hummingbird
import Monitoring
import UploadProtocol

/// What a Manager may do by hand. Each action is in the audit log with the name of the account.
extension JobsEndpoint {
    private var steering: JobSteering { exchange.node.steering }

    func steer(_ body: (Person) async throws -> JSONValue) async throws -> Response {
        guard exchange.method == .post else {
            return MethodNotAllowed.answer(exchange, allowed: "POST")
        }
        let principal = try await exchange.principal()
        guard principal.maySteer else {
            throw TusError.forbidden("\(quoted(principal.name)) may not steer jobs; the role Manager may")
        }
        try checkOrigin()
        try checkType()
        let value = try await body(Person(name: principal.name, via: .api))
        return ErrorResponses.json(.ok, value, [.cacheControl: "no-store"])
    }

    /// A browser sends the credentials that it knows along with the form of any page. Throws 403 when the request comes
    /// from another site.
    private func checkOrigin() throws {
        func field(_ name: String) -> String? {
            exchange.fields.first { $0.name.canonicalName == name }?.value
        }
        let isForeign: Bool
        if let site = field("sec-fetch-site") {
            isForeign = site != "same-origin" && site != "none"
        } else if let origin = field("origin") {
            let base = exchange.base
            isForeign = base != origin && !base.hasPrefix(origin + "/")
        } else {
            isForeign = false
        }
        guard isForeign else { return }
        throw TusError.forbidden(
            "Jobs are not steered from another site's pages; if this is the service's own page, its address has to be "
                + "told by --public-url or by a trusted proxy")
    }

    /// What a form of another site's page can send is never JSON, whatever else its browser tells. Throws 415.
    private func checkType() throws {
        guard let type = exchange.fields[.contentType] else { return }
        guard UploadProtocol.MediaType(type)?.essence == "application/json" else {
            throw TusError(.unsupportedMediaType, "The Content-Type header must be application/json, or absent")
        }
    }

    func one(_ action: JobAction, _ word: String, _ actor: Person) async throws -> JSONValue {
        _ = try await object(knowing: [])
        guard let id = Int64(word),
            let result = try await steering.perform(action, on: [id], by: actor).first
        else {
            throw TusError.notFound("There is no job \(quoted(word))")
        }
        if let refusal = result.refusal { throw TusError(.offsetConflict, "Job \(id): \(refusal)") }
        return try await single(word)
    }

    /// The body says which: `{"state": "dead", "folder": "/media", "dry_run": true}`, or `{"ids": [1, 2]}`.
    func many(_ action: JobAction, _ actor: Person) async throws -> JSONValue {
        let body = try await object(knowing: JobFilter.names + ["ids", "dry_run"])
        let isDry = try body["dry_run"].map { value in
            guard case .bool(let isDry) = value else { throw BadRequest("dry_run must be true or false") }
            return isDry
        }
        if let ids = body["ids"] {
            guard body.keys.allSatisfy({ $0 == "ids" || $0 == "dry_run" }) else {
                throw BadRequest(
                    "ids cannot be given together with \(JobFilter.names.joined(separator: ", "))")
            }
            return json.bulk(
                try await steering.perform(action, onAll: Self.ids(ids), dryRun: isDry ?? false, by: actor))
        }
        return json.bulk(
            try await steering.perform(
                action, where: Self.filter(body), dryRun: isDry ?? false, by: actor))
    }

    /// The body may name a folder; without one it is the whole queue.
    func pause(_ isPaused: Bool, _ actor: Person) async throws -> JSONValue {
        let filter = try Self.filter(try await object(knowing: ["folder"]))
        let isDone =
            isPaused
            ? try await steering.pause(filter.folder, by: actor)
            : try await steering.resume(filter.folder, by: actor)
        let what = filter.folder.map { "/" + $0.joined(separator: "/") } ?? "the queue"
        guard isDone else {
            throw TusError(.offsetConflict, "\(what) is \(isPaused ? "paused already" : "not paused")")
        }
        return json.figures(try await reader.figures())
    }

    // MARK: The body

    private enum Value {
        case bool(Bool)
        case texts([String])
    }

    private static func filter(_ body: [String: Value]) throws -> JobFilter {
        var filter = JobFilter()
        for name in JobFilter.names {
            guard let value = body[name] else { continue }
            guard case .texts(let texts) = value, texts.count == 1 || (name == "state" && !texts.isEmpty) else {
                throw BadRequest("\(name) must be one value" + (name == "state" ? ", or a list of some" : ""))
            }
            for text in texts { _ = try filter.take(name, text) }
        }
        return filter
    }

    private static func ids(_ value: Value) throws -> [Int64] {
        guard case .texts(let texts) = value, (1...JobSteering.mostAtOnce).contains(texts.count),
            case let ids = texts.compactMap({ Int64($0) }), ids.count == texts.count
        else { throw BadRequest("ids must be a list of 1 to \(JobSteering.mostAtOnce) numbers") }
        return ids
    }

    /// The largest body, bytes.
    private static let mostBytes = 1 << 20

    /// The members of the JSON object in the body; none if the body is empty.
    private func object(knowing names: [String]) async throws -> [String: Value] {
        let body: ByteBuffer
        do {
            body = try await exchange.body().collect(upTo: Self.mostBytes)
        } catch {
            throw BadRequest("the body could not be read, or is larger than \(Self.mostBytes) bytes")
        }
        exchange.bodyIsFinished()
        guard body.readableBytes > 0 else { return [:] }
        guard
            let members = try? JSONDecoder().decode(
                [String: Member].self, from: Data(body.readableBytesView))
        else {
            throw BadRequest(
                #"the body must be a JSON object such as {"state": "dead", "dry_run": true}"#)
        }
        for name in members.keys.sorted() where !names.contains(name) {
            let known = names.isEmpty ? "there are none" : "there are: " + names.joined(separator: ", ")
            throw BadRequest("the body has no member \(quoted(name)); \(known)")
        }
        return members.mapValues(\.value)
    }

    /// A boolean, a number, a text, or a list of numbers and texts.
    private struct Member: Decodable {
        let value: Value

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let bool = try? container.decode(Bool.self) {
                value = .bool(bool)
            } else if let word = try? container.decode(Word.self) {
                value = .texts([word.text])
            } else {
                value = .texts(try container.decode([Word].self).map(\.text))
            }
        }
    }

    private struct Word: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int64.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}
