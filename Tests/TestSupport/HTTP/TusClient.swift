package import Foundation

/// A tus client for tests: it adds credentials and versions, and interprets nothing.
package struct TusClient: Sendable {
    /// The front node that it talks to.
    package var port: Int
    /// `name:password`; nil sends none.
    package var credentials: String?

    package init(port: Int, credentials: String?) {
        (self.port, self.credentials) = (port, credentials)
    }

    /// An upload, by the path of its URL: the same on every node.
    package typealias Upload = String

    package static let offsetStream = "application/offset+octet-stream"

    /// Opens a connection and sends a request's head; a field that is given replaces the one of the same name, and one
    /// without a value is left out. `body` goes out together with the head.
    package func begin(
        _ method: String, _ path: String, _ fields: [String: String?] = [:], and body: Data = Data()
    ) async throws -> HTTPConnection {
        let connection = try HTTPConnection.open(port)
        var all: [String: String?] = ["Host": "127.0.0.1:\(port)", "Tus-Resumable": "1.0.0"]
        all["Authorization"] = credentials.map { "Basic " + Data($0.utf8).base64EncodedString() }
        all.merge(fields) { $1 }
        try await connection.sendHead(method, path, all.compactMap { name, value in value.map { (name, $0) } }, body)
        return connection
    }

    /// One request with its whole body, on a connection of its own. The answer is read while the body is sent, so that
    /// a refusal in the middle of it is seen.
    package func request(
        _ method: String, _ path: String, _ fields: [String: String?] = [:], body: Data? = nil
    ) async throws -> Answer {
        var fields = fields
        if let body, fields["Content-Length"] == nil { fields["Content-Length"] = "\(body.count)" }
        let connection = try await begin(method, path, fields)
        async let sent: Void = connection.send(body ?? Data())
        let answer = try await connection.answer()
        connection.finish()
        // An answer came, so whether all of the body was wanted does not matter.
        _ = try? await sent
        return answer
    }

    // MARK: Uploads

    package func createFolder(_ name: String, in path: String = "/") async throws -> Answer {
        let json = Data(#"{"@type":"Folder","id":"\#(name)","title":"\#(name)"}"#.utf8)
        return try await request("POST", path, ["Content-Type": "application/json"], body: json)
    }

    package static func metadata(_ filename: String, type: String = "application/octet-stream") -> String {
        [("filename", filename), ("content-type", type)].map { "\($0) \(Data($1.utf8).base64EncodedString())" }
            .joined(separator: ",")
    }

    /// The fields of a PATCH whose body has `count` bytes; nil: a chunked one.
    package static func patchFields(at offset: Int64, count: Int64?) -> [String: String?] {
        var fields: [String: String?] = ["Upload-Offset": "\(offset)", "Content-Type": offsetStream]
        if let count { fields["Content-Length"] = "\(count)" } else { fields["Transfer-Encoding"] = "chunked" }
        return fields
    }

    package func create(
        in folder: String, length: Int64, filename: String, endpoint: String = "@upload",
        _ fields: [String: String?] = [:], body: Data? = nil
    ) async throws -> Answer {
        let own: [String: String?] = [
            "Upload-Length": "\(length)", "Upload-Metadata": Self.metadata(filename),
            "Content-Type": body == nil ? nil : Self.offsetStream,
        ]
        return try await request("POST", "\(folder)/\(endpoint)", own.merging(fields) { $1 }, body: body)
    }

    /// An empty upload. Throws what the server answered when it made none.
    package func newUpload(in folder: String, length: Int64, filename: String) async throws -> Upload {
        let answer = try await create(in: folder, length: length, filename: filename)
        guard answer.status == 201, let location = answer.location else { throw UnexpectedAnswer(answer) }
        return location
    }

    package func head(_ upload: Upload) async throws -> Answer { try await request("HEAD", upload) }

    /// Throws what the server answered when it gave no offset.
    package func offset(_ upload: Upload) async throws -> Int64 {
        let answer = try await head(upload)
        guard answer.status == 200, let offset = answer.offset else { throw UnexpectedAnswer(answer) }
        return offset
    }

    package func patch(_ upload: Upload, _ bytes: Data, at offset: Int64) async throws -> Answer {
        let fields = Self.patchFields(at: offset, count: Int64(bytes.count))
        return try await request("PATCH", upload, fields, body: bytes)
    }

    /// A PATCH that announces `count` bytes (nil: chunked), of which none is sent yet.
    package func beginPatch(_ upload: Upload, at offset: Int64, count: Int64?) async throws -> HTTPConnection {
        try await begin("PATCH", upload, Self.patchFields(at: offset, count: count))
    }

    /// The bytes of an item, once it is published: the request with the last byte waits some seconds for that, and one
    /// that only repeats it does not.
    package func download(_ item: String) async throws -> Data {
        try await eventually("the item \(item)") { try await request("GET", item).status != 202 }
        let answer = try await request("GET", item + "/@@download/file")
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
        return answer.body
    }
}

/// An answer that a test had no use for.
package struct UnexpectedAnswer: Error, CustomStringConvertible {
    package var answer: Answer

    package init(_ answer: Answer) { self.answer = answer }

    package var description: String {
        "unexpected answer: \(answer.status) \(answer.fields) "
            + String(decoding: answer.body.prefix(1000), as: UTF8.self)
    }
}
