package import HTTPTypes

/// The header fields of tus 1.0.0, of the HTTP draft where tus borrows them, and our own `Upload-Finalization`
/// and `Upload-Failure`.
extension HTTPField.Name {
    package static let tusResumable = registered("Tus-Resumable")
    package static let tusVersion = registered("Tus-Version")
    package static let tusExtension = registered("Tus-Extension")
    package static let tusMaxSize = registered("Tus-Max-Size")
    package static let tusChecksumAlgorithm = registered("Tus-Checksum-Algorithm")
    package static let uploadOffset = registered("Upload-Offset")
    package static let uploadLength = registered("Upload-Length")
    package static let uploadDeferLength = registered("Upload-Defer-Length")
    package static let uploadMetadata = registered("Upload-Metadata")
    package static let uploadConcat = registered("Upload-Concat")
    package static let uploadChecksum = registered("Upload-Checksum")
    /// RFC 9530 §3: of the whole representation.
    package static let reprDigest = registered("Repr-Digest")
    /// RFC 9530 §2: of the content of one message.
    package static let contentDigest = registered("Content-Digest")
    package static let uploadExpires = registered("Upload-Expires")
    /// `pending` while the item that `Location` names waits for its finalizer (API.md §3).
    package static let uploadFinalization = registered("Upload-Finalization")
    /// Why the item will not come, in printable ASCII; beside `Upload-Finalization: failed`.
    package static let uploadFailure = registered("Upload-Failure")
    /// A structured dictionary (draft-ietf-httpbis-resumable-upload, "Limits").
    package static let uploadLimit = registered("Upload-Limit")
    /// RFC 9530 §4.
    package static let wantReprDigest = registered("Want-Repr-Digest")
    package static let uploadComplete = registered("Upload-Complete")
    package static let uploadDraftInteropVersion = registered("Upload-Draft-Interop-Version")
    /// RFC 5789 §3.1.
    package static let acceptPatch = registered("Accept-Patch")
    package static let xHTTPMethodOverride = registered("X-HTTP-Method-Override")
    /// What a proxy or a client calls a request; no standard, but a custom.
    package static let xRequestID = registered("X-Request-ID")
    /// Which front node answered, so that `tussock doctor` can count them.
    package static let xTussockNode = registered("X-Tussock-Node")
    /// RFC 8288; swift-http-types has no constant for it.
    package static let link = registered("Link")

    /// Only literals of this file come here, and a test touches each of them.
    private static func registered(_ literal: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name(literal.description) else {
            preconditionFailure("\(literal) is not a token (RFC 9110 §5.1)")
        }
        return name
    }
}
