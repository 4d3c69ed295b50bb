import Digests
import HTTPTypes
import UploadProtocol

extension FuzzTarget {
    static let tus: [FuzzTarget] = [
        FuzzTarget(
            "upload-metadata",
            like: [
                "filename d29ybGQucGRm,is_confidential", "@type RmlsZQ==,content-type aW1hZ2UvcG5n", "name Li4v, a ",
                "",
            ]
        ) { text in
            try metadata(try refusing { () throws(TusError) in try UploadMetadata(parsing: text) })
        },
        FuzzTarget(
            "tus-create",
            fields: [
                "Upload-Length: 100\nUpload-Metadata: filename YS50eHQ=",
                "Upload-Length: 5\nContent-Length: 5\nContent-Type: application/offset+octet-stream",
                "Upload-Length: 9\nTransfer-Encoding: chunked\nContent-Type: application/offset+octet-stream",
                "Upload-Concat: final;/a http://b/@upload/c d",
                "Upload-Defer-Length: 1\nUpload-Concat: partial\nUpload-Checksum: sha1 AAAA\nTrailer: Upload-Checksum",
                "Upload-Defer-Length: 1", "Upload-Length: 3\nUpload-Concat: partial",
                "Upload-Length: 0\nRepr-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
                "Upload-Length: 5\nContent-Length: 5\nContent-Type: application/offset+octet-stream\n"
                    + "Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            ]
        ) { fields in
            let request = try refusing { () throws(TusError) in
                try CreateRequest(fields, body: BodyLength(fields), maximumSize: 1 << 40)
            }
            try metadata(request.metadata)
            if let concat = request.concat {
                try hold(concat.raw.isFieldValue && UploadConcat(concat.raw) == concat, "HEAD gives it back")
                try hold(concat.isPartial || request.length == nil, "a final has no length of its own")
            }
            if let plan = request.plan { try hold(plan.offset == 0 && plan.limit >= 0, "a plan within the upload") }
        },
        FuzzTarget(
            "upload-concat-url",
            like: ["/x/@upload/0", "../@upload/0", "HTTP://files.example:80/x/%40upload/0", "//files.example/x/./a/.."]
        ) { url in
            let path = try refusing { () throws(TusError) in
                try UploadConcat.path(
                    of: url, number: 1, creation: "http://files.example/x/y/@upload", service: "http://files.example/x")
            }
            let segments = path.split(separator: "/", omittingEmptySubsequences: false)
            try hold(path.hasPrefix("/") && !segments.contains(".."), "the path stays below the service")
        },
        FuzzTarget(
            "tus-patch",
            fields: [
                "Upload-Offset: 70\nContent-Length: 30\nContent-Type: application/offset+octet-stream",
                "Upload-Offset: 070\nUpload-Length: 100\nTransfer-Encoding: chunked\n"
                    + "Content-Type: Application/Offset+Octet-Stream; charset=x",
            ]
        ) { fields in
            let request = try refusing { () throws(TusError) in try AppendRequest(fields) }
            try hold(request.offset >= 0 && request.body.announced ?? 0 >= 0, "nothing is negative")
            let plan = try refusing { () throws(TusError) in
                try UploadStatus(length: 100, offset: 70, state: .open).plan(request)
            }
            try hold(plan.offset == 70 && plan.limit == 30 && plan.expected ?? 0 <= 30, "a plan within the upload")
        },
        FuzzTarget(
            "upload-checksum",
            fields: [
                "Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "Upload-Checksum: crc32c AAAAAA==",
                "Trailer: x, Upload-Checksum", "Upload-Checksum: md5 1B2M2Y8AsgTpgAmY7PhCfg==\nTrailer: a",
            ]
        ) { fields in
            try check(.uploadChecksum, fields)
        },
        FuzzTarget(
            "content-digest",
            fields: [
                "Content-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, md5=:YQ==:",
                "Content-Digest: a=1;b=?0, c=(1 2.5 \"x\" tok), sha-512=:YQ==:", "Trailer: Content-Digest",
            ]
        ) { fields in
            try check(.contentDigest, fields)
        },
        FuzzTarget(
            "repr-digest",
            fields: ["Repr-Digest: sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:, x=?1;y=:YQ==:"]
        ) { fields in
            let digests = try refusing { () throws(TusError) in try ContentDigests(.reprDigest, in: fields) }
            let again = try ContentDigests(.reprDigest, in: [.reprDigest: digests.fieldValue])
            try hold(again == digests, "it is written and read back")
            if digests.all.isEmpty { throw Refused() }
        },
        FuzzTarget(
            "method-override", fields: ["X-HTTP-Method-Override: PATCH", "X-HTTP-Method-Override: DELETE\nA: b"]
        ) {
            fields in
            let method = try refusing { () throws(TusError) in try Tus.method(of: .post, fields) }
            try hold(["POST", "HEAD", "PATCH", "DELETE", "OPTIONS", "GET"].contains(method.rawValue), "a verb of tus")
            try hold(try Tus.method(of: .get, fields) == .get, "only POST is overridden")
        },
        FuzzTarget("tus-version", fields: ["Tus-Resumable: 1.0.0", "Tus-Resumable:\t1.0.0 \nTus-Resumable: 1.0.0"]) {
            try Tus.checkVersion($0)
        },
        FuzzTarget("upload-id", like: ["00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF"]) {
            text in
            guard let id = UploadID(text) else { throw Refused() }
            try hold(id.description == text.lowercased(), "an id is its text in lower case")
        },
        FuzzTarget(
            "http-date",
            like: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        ) { text in
            guard let seconds = HTTPDate.parse(text, now: 1_800_000_000) else { throw Refused() }
            let again = HTTPDate.parse(HTTPDate.format(seconds), now: 1_800_000_000)
            try hold(again == seconds, "\(seconds) is written and read back as \(String(describing: again))")
        },
        FuzzTarget("media-type", like: ["text/plain; charset=\"utf-8\"", "application/offset+octet-stream"]) { text in
            guard let type = MediaType(text) else { throw Refused() }
            try hold(type.text.isFieldValue && type.text.utf8.count <= MediaType.maximumBytes, "it can be echoed")
        },
        FuzzTarget("quoted", like: ["a\"b", "\u{1B}[31m\u{202E}", String(repeating: "x", count: 90)]) { text in
            let message = quoted(text)
            try hold(message.isPrintable && message.unicodeScalars.count <= 82, "a message prints: \(message)")
        },
        FuzzTarget("location", like: ["http://a.org/b c", "http://a.org/\"><x>, <y>; rel=\"item\""]) { text in
            let fields = ResponseFields.created(location: text, expires: 0, offset: 0, item: text)
            try hold(fields.allSatisfy { $0.value.isFieldValue }, "fields are ASCII")
            try hold(fields[.link]?.filter { $0 == ">" }.count == 1, "one link")
        },
    ]

    /// The digests of a request's content.
    private static func check(_ field: DigestField, _ fields: HTTPFields) throws {
        guard let check = try refusing({ () throws(TusError) in try ContentCheck(field, fields) }) else {
            throw Refused()
        }
        try hold(
            !check.algorithms.isEmpty && check.algorithms.allSatisfy(field.algorithms.contains), "known algorithms")
        _ = try refusing { () throws(TusError) in try check.verifyNoContent() }
    }

    private static func metadata(_ metadata: UploadMetadata) throws {
        try hold(metadata.raw.isFieldValue, "what HEAD gives back is a header's value")
        try hold(metadata.raw.utf8.count <= UploadMetadata.maximumBytes, "it is of bounded size")
        try hold(metadata.contentType?.isFieldValue != false, "the type is a header's value")
        try hold(metadata.type?.isPrintable != false, "the portal type prints")
        guard let name = metadata.filename else { return }
        try hold(!["", ".", ".."].contains(name) && name.utf8.count <= 255, "the filename names a file")
        try hold(!name.utf8.contains { $0 < 0x20 || $0 == 0x7F || "/\\".utf8.contains($0) }, "the filename is no path")
    }

    /// Lets a refusal through when its message can be shown.
    private static func refusing<Value>(_ body: () throws(TusError) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            try hold(error.message.isPrintable && error.message.utf8.count < 1000, "a message prints: \(error.message)")
            try hold(error.fields.allSatisfy { $0.value.isFieldValue }, "an error's fields are ASCII")
            throw error
        }
    }
}

/// The parser said no by giving nothing.
struct Refused: Error {}
