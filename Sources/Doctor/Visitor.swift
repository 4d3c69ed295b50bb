import Foundation
import NIOHTTP1
import Synchronization

/// A client of the deployment: every request goes over a connection of its own, so that it may reach any node.
final class Visitor: Sendable {
    let site: Site
    private let authorization: String?
    private let met = Mutex<Set<String>>([])

    init(_ site: Site, user: String?, password: String?) {
        self.site = site
        authorization = user.map { "Basic " + Data("\($0):\(password ?? "")".utf8).base64EncodedString() }
    }

    /// The front nodes that have answered so far, by the names that they give themselves.
    var nodes: Set<String> { met.withLock { $0 } }

    /// The fields of a request to the site, with credentials; `count` is the length of its body.
    func fields(_ own: [(String, String)], count: Int64?) -> HTTPHeaders {
        var fields = HTTPHeaders([("Host", site.authority), ("User-Agent", "tussock-doctor")])
        if let authorization { fields.add(name: "Authorization", value: authorization) }
        if let count { fields.add(name: "Content-Length", value: "\(count)") }
        for (name, value) in own { fields.replaceOrAdd(name: name, value: value) }
        return fields
    }

    /// A connection on which the head of a request has been sent.
    func begin(
        _ method: HTTPMethod, _ path: String, _ own: [(String, String)] = [], count: Int64?
    ) async throws -> Line {
        let line = try await Line.open(site)
        try await line.begin(method, path, fields(own, count: count))
        return line
    }

    /// A whole request and its reply. Throws `Line.Trouble` if there is none.
    func ask(
        _ method: HTTPMethod, _ path: String, _ own: [(String, String)] = [], body: [UInt8]? = nil,
        within limit: Duration = .seconds(60)
    ) async throws -> Reply {
        let hasBody = ![.GET, .HEAD, .OPTIONS].contains(method)
        let line = try await begin(method, path, own, count: hasBody ? Int64(body?.count ?? 0) : nil)
        defer { line.close() }
        if let body, !body.isEmpty { try await line.send(body) }
        try await line.end()
        return met(try await line.finalReply(within: limit))
    }

    /// Takes note of who answered.
    func met(_ reply: Reply) -> Reply {
        if let node = reply["X-Tussock-Node"] { met.withLock { _ = $0.insert(node) } }
        return reply
    }

    // MARK: tus

    static let resumable = ("Tus-Resumable", "1.0.0")
    static let offsetBytes = ("Content-Type", "application/offset+octet-stream")

    /// The fields of a PATCH at an offset.
    static func append(at offset: Int64) -> [(String, String)] {
        [resumable, offsetBytes, ("Upload-Offset", "\(offset)")]
    }

    static func metadata(_ filename: String) -> (String, String) {
        ("Upload-Metadata", "filename \(Data(filename.utf8).base64EncodedString())")
    }

    func create(in folder: String, length: Int64?, filename: String) async throws -> Reply {
        let size = length.map { ("Upload-Length", "\($0)") } ?? ("Upload-Defer-Length", "1")
        return try await ask(.POST, folder + "/@upload", [Self.resumable, size, Self.metadata(filename)])
    }

    /// A new upload's path at this site, whatever host its `Location` names.
    func newUpload(in folder: String, length: Int64?, filename: String) async throws -> String {
        let reply = try await create(in: folder, length: length, filename: filename)
        guard reply.status == 201, let id = reply["Location"]?.split(separator: "/").last else {
            throw Line.Trouble(description: "an upload could not be created: \(reply.status) \(reply.text)")
        }
        return "\(folder)/@upload/\(id)"
    }

    func head(_ upload: String) async throws -> Reply { try await ask(.HEAD, upload, [Self.resumable]) }

    /// The offset as it is known to the database, without disturbing the writer.
    func offsetFromAside(_ upload: String) async throws -> Int64? {
        let reply = try await ask(.GET, upload, [("Accept", "application/json"), ("Cache-Control", "no-cache")])
        let json = try? JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any]
        return (json?["offset"] as? NSNumber)?.int64Value
    }
}
