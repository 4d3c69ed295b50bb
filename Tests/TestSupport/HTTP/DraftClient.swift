package import Foundation

/// A client of the HTTP draft for tests: it adds credentials and the interop version, and interprets nothing.
package struct DraftClient: Sendable {
    private var base: TusClient
    /// `Upload-Draft-Interop-Version`; nil sends none.
    package var interop: String?

    package init(_ client: TusClient, interop: String? = "8") {
        base = client
        self.interop = interop
    }

    package static let partialUpload = "application/partial-upload"

    /// Opens a connection and sends a request's head; as `TusClient.begin`.
    package func begin(
        _ method: String, _ path: String, _ fields: [String: String?] = [:]
    ) async throws -> HTTPConnection {
        let own: [String: String?] = ["Tus-Resumable": nil, "Upload-Draft-Interop-Version": interop]
        return try await base.begin(method, path, own.merging(fields) { $1 })
    }

    /// One request with its whole body, and all that it is answered, interim responses first.
    package func conversation(
        _ method: String, _ path: String, _ fields: [String: String?] = [:], body: Data? = nil
    ) async throws -> (interim: [Answer], final: Answer) {
        var fields = fields
        if let body, fields["Content-Length"] == nil { fields["Content-Length"] = "\(body.count)" }
        let connection = try await begin(method, path, fields)
        async let sent: Void = connection.send(body ?? Data())
        let answers = try await connection.answers()
        connection.finish()
        // An answer came, so whether all of the body was wanted does not matter.
        _ = try? await sent
        return answers
    }

    package func request(
        _ method: String, _ path: String, _ fields: [String: String?] = [:], body: Data? = nil
    ) async throws -> Answer {
        try await conversation(method, path, fields, body: body).final
    }

    // MARK: Uploads

    package static func disposition(_ filename: String) -> String { "inline; filename=\"\(filename)\"" }

    /// The fields of a creation; `count` bytes of body, nil for a chunked one.
    package static func creation(
        complete: Bool, filename: String = "a.bin", length: Int64? = nil, count: Int64? = 0
    ) -> [String: String?] {
        var fields: [String: String?] = [
            "Upload-Complete": complete ? "?1" : "?0", "Content-Type": "application/octet-stream",
            "Content-Disposition": disposition(filename), "Upload-Length": length.map { "\($0)" },
        ]
        if let count { fields["Content-Length"] = "\(count)" } else { fields["Transfer-Encoding"] = "chunked" }
        return fields
    }

    /// The fields of an append; `count` bytes of body, nil for a chunked one.
    package static func append(at offset: Int64, complete: Bool, count: Int64?) -> [String: String?] {
        var fields: [String: String?] = [
            "Upload-Offset": "\(offset)", "Upload-Complete": complete ? "?1" : "?0", "Content-Type": partialUpload,
        ]
        if let count { fields["Content-Length"] = "\(count)" } else { fields["Transfer-Encoding"] = "chunked" }
        return fields
    }

    package func create(
        in folder: String, complete: Bool, filename: String = "a.bin", length: Int64? = nil, body: Data = Data(),
        _ fields: [String: String?] = [:]
    ) async throws -> Answer {
        let own = Self.creation(complete: complete, filename: filename, length: length, count: Int64(body.count))
        return try await request("POST", "\(folder)/@upload", own.merging(fields) { $1 }, body: body)
    }

    /// An upload without bytes. Throws what the server answered when it made none.
    package func newUpload(
        in folder: String, length: Int64? = nil, filename: String = "a.bin"
    ) async throws -> TusClient.Upload {
        let answer = try await create(in: folder, complete: false, filename: filename, length: length)
        guard answer.status == 201, let location = answer.location else { throw UnexpectedAnswer(answer) }
        return location
    }

    package func append(
        _ upload: TusClient.Upload, _ bytes: Data, at offset: Int64, complete: Bool, _ fields: [String: String?] = [:]
    ) async throws -> Answer {
        let own = Self.append(at: offset, complete: complete, count: Int64(bytes.count))
        return try await request("PATCH", upload, own.merging(fields) { $1 }, body: bytes)
    }

    /// A PATCH of which no byte is sent yet.
    package func beginAppend(
        _ upload: TusClient.Upload, at offset: Int64, complete: Bool, count: Int64?
    ) async throws -> HTTPConnection {
        try await begin("PATCH", upload, Self.append(at: offset, complete: complete, count: count))
    }

    package func head(_ upload: TusClient.Upload) async throws -> Answer { try await request("HEAD", upload) }

    /// Throws what the server answered when it gave no offset.
    package func offset(_ upload: TusClient.Upload) async throws -> Int64 {
        let answer = try await head(upload)
        guard answer.status == 204, let offset = answer.offset else { throw UnexpectedAnswer(answer) }
        return offset
    }
}

extension Answer {
    /// The last part of a problem's `type` (RFC 9457); nil if the body is no problem.
    package var problem: String? {
        guard self["Content-Type"] == "application/problem+json", let type = json["type"] as? String else { return nil }
        return type.split(separator: "#").last.map(String.init)
    }

    package var detail: String { json["detail"] as? String ?? "" }
}
