package import HTTPTypes

/// Why a request of the draft was refused, in the one table that decides status, type, title and fields (RFC 9457).
///
/// `detail` is for people and never holds unescaped client input.
package struct Problem: Error, Sendable, Equatable {
    package var code: Code
    package var detail: String

    package enum Code: Sendable, Equatable {
        /// §7.1: the append's Upload-Offset and the upload's.
        case mismatchingOffset(expected: Int64, provided: Int64, isComplete: Bool)
        /// §7.2.
        case completedUpload
        /// §7.2, of an upload whose tombstone is gone as well.
        case completedUploadIsGone
        /// §7.3.
        case inconsistentLength
        /// §7.3, of content that goes past the end: the upload is invalid from now on.
        case overlong
        case unsupportedMediaType, contentCoding
        case methodNotAllowed(allowed: String)
        /// The bytes are all there, but they did not become an item.
        case processingFailed
        /// §10.2: the content is not what its digest says; nothing of it counts.
        case digestMismatch
        /// Whatever both dialects share.
        case shared(TusError)
    }

    /// The problem in its own words.
    package init(_ code: Code) {
        self.init(code, code.row.words)
    }

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package init(shared error: TusError) {
        // 460 is a status of tus alone.
        self.init(error.code == .checksumMismatch ? .digestMismatch : .shared(error), error.message)
    }

    /// 400 that names a field which is missing, or which counts as missing since it is malformed.
    package static func missing(_ name: HTTPField.Name, expected: String) -> Problem {
        Problem(shared: .invalidHeader(name, "expected \(expected)"))
    }

    package var status: HTTPResponse.Status {
        HTTPResponse.Status(code: code.row.status, reasonPhrase: code.row.phrase)
    }

    /// A URI of IANA's registry, or `about:blank` for what the status says.
    package var type: String {
        code.row.type.map { "https://iana.org/assignments/http-problem-types#\($0)" } ?? "about:blank"
    }

    package var title: String { code.row.title }

    /// The numbers that a type defines beside the usual members.
    ///
    /// §7.1: "A response using this problem type SHOULD populate both members".
    package var numbers: [String: Int64] {
        guard case .mismatchingOffset(let expected, let provided, _) = code else { return [:] }
        return ["expected-offset": expected, "provided-offset": provided]
    }

    /// The fields that go with it; `WWW-Authenticate` is the caller's.
    package func fields(_ limits: UploadLimits) -> HTTPFields {
        var fields: HTTPFields = [.cacheControl: "no-store", .contentType: "application/problem+json"]
        switch code {
        case .mismatchingOffset(let expected, _, let isComplete):
            // §4.4.2: "The response MUST include the correct offset in the `Upload-Offset` header field."
            fields[.uploadOffset] = String(expected)
            if !isComplete { fields[.uploadComplete] = structured(false) }
        case .processingFailed:
            // §4.4.2: "the response MUST include the `Upload-Complete` header field with a true value, allowing clients
            // to identify whether a response, in particular error responses, is related to the resumable upload itself
            // or the processing of the uploaded representation."
            fields[.uploadComplete] = structured(true)
        case .unsupportedMediaType: fields[.acceptPatch] = Draft.partialUpload
        case .contentCoding: fields[.acceptEncoding] = "identity"
        case .methodNotAllowed(let allowed): fields[.allow] = allowed
        case .shared(let error):
            fields[.retryAfter] = error.fields[.retryAfter]
            // §4.1.4: "A server responding with a 413 Content Too Large status code as a result of its upload limits
            // MUST include the Upload-Limit header in this response".
            if error.status.code == 413 { fields[.uploadLimit] = limits.fieldValue }
        case .completedUpload, .completedUploadIsGone, .inconsistentLength, .overlong, .digestMismatch: break
        }
        return fields
    }
}

extension Problem.Code {
    fileprivate struct Row {
        var status: Int
        var phrase: String
        var type: String?
        var title: String
        var words: String
    }

    /// RFC 9457 §4.2.1: with `about:blank`, the title "SHOULD be the same as the recommended HTTP status phrase".
    fileprivate var row: Row {
        switch self {
        case .mismatchingOffset(let expected, let provided, _):
            Row(
                status: 409, phrase: "Conflict", type: "mismatching-upload-offset",
                title: "offset from request does not match offset of resource",
                words: "The Upload-Offset header must be \(expected), the current offset, not \(provided)")
        case .completedUpload:
            Row(
                status: 400, phrase: "Bad Request", type: "completed-upload", title: "upload is already completed",
                words: "The upload is complete; it can only be asked for, or completed again with Upload-Complete: ?1")
        case .completedUploadIsGone:
            Row(
                status: 410, phrase: "Gone", type: "completed-upload", title: "upload is already completed",
                words: "The upload was complete, and has been removed or has expired since")
        case .inconsistentLength: Self.lengths("The length differs from what was said of it before")
        case .overlong: Self.lengths("The content goes past the upload's length; the upload is invalid")
        case .unsupportedMediaType:
            Self.plain(
                415, "Unsupported Media Type", "Missing or invalid Content-Type header: expected \(Draft.partialUpload)"
            )
        case .contentCoding:
            Self.plain(415, "Unsupported Media Type", "The Content-Encoding header must be identity or absent")
        case .digestMismatch: Self.plain(400, "Bad Request", "The content is not what its digest says")
        case .methodNotAllowed(let allowed):
            Self.plain(405, "Method Not Allowed", "The method is not possible here; \(allowed) are")
        case .processingFailed: Self.plain(410, "Gone", "The upload could not be finished")
        case .shared(let error): Self.plain(error.status.code, error.phrase, error.message)
        }
    }

    private static func lengths(_ words: String) -> Row {
        Row(
            status: 400, phrase: "Bad Request", type: "inconsistent-upload-length",
            title: "inconsistent length values for upload", words: words)
    }

    private static func plain(_ status: Int, _ phrase: String, _ words: String) -> Row {
        Row(status: status, phrase: phrase, type: nil, title: phrase, words: words)
    }
}
