package import HTTPTypes

/// Resumable Uploads for HTTP, draft-ietf-httpbis-resumable-upload at interop version 8.
///
/// Revisions 09 to 12 carry this version. Quotations and section numbers are those of the editors' copy between 11 and
/// 12. Where 12 is known to differ, both are kept: OPTIONS gives `Accept-Patch` (11) and always `Upload-Limit` (12),
/// and the final response is given again to a valid repetition of the last append (allowed by 12).
package enum Draft {
    /// Draft Version Identification: "The current interop version is 8."
    package static let interopVersion: Int64 = 8

    /// §6: the media type of an append's content.
    package static let partialUpload = "application/partial-upload"

    /// RFC 9651 §3.3.1: integers have at most 15 digits, so no upload of the draft can be larger, bytes.
    package static let largestInteger: Int64 = 999_999_999_999_999

    /// §5, Status Code 104.
    package static let resumptionSupported = HTTPResponse.Status(
        code: 104, reasonPhrase: "Upload Resumption Supported")

    /// Whether 104 may be sent to this request.
    ///
    /// Draft Version Identification: "Server implementations of draft versions of the protocol MUST NOT send a `104
    /// (Upload Resumption Supported)` informational response when the interop version indicated by the
    /// `Upload-Draft-Interop-Version` header field in the request is missing or mismatching."
    package static func understands104(_ fields: HTTPFields) -> Bool {
        fields.structuredInteger(.uploadDraftInteropVersion) == interopVersion
    }

    /// Throws 415 for a coded body: a file is kept and served as it came, and has no coding here.
    ///
    /// RFC 9110 §8.4: "An origin server MAY respond with a status code of 415 (Unsupported Media Type) if a
    /// representation in the request message has a content coding that is not acceptable."
    static func checkCoding(_ fields: HTTPFields) throws(Problem) {
        let codings = fields[values: .contentEncoding].map { trimmingOWS($0).lowercased() }
        guard codings.allSatisfy({ $0 == "identity" || $0.isEmpty }) else { throw Problem(.contentCoding) }
    }

    /// The size of the body as its fields tell it; refusals in the draft's form.
    static func bodyLength(_ fields: HTTPFields) throws(Problem) -> BodyLength {
        do {
            return try BodyLength(fields)
        } catch {
            throw Problem(shared: error)
        }
    }
}
