package import HTTPTypes

/// A PATCH that brings bytes (Core, PATCH).
///
/// The version is checked before (`Tus.checkVersion`), the upload's state after (`UploadStatus.plan`).
package struct AppendRequest: Sendable {
    /// Upload-Offset: where the client believes the upload to stand, in bytes.
    package var offset: Int64
    package var body: BodyLength
    /// Upload-Length, which a PATCH need not repeat and must not change; in bytes.
    package var length: Int64?

    /// Throws 400 `unsupportedFeature`, 415 for another Content-Type, 400 `invalidHeader` for a missing or malformed
    /// Upload-Offset, a malformed Upload-Length, Content-Length or Transfer-Encoding.
    package init(_ fields: HTTPFields) throws(TusError) {
        try Tus.checkFeatures(fields)
        try MediaType.checkOffsetOctetStream(fields)
        offset = try fields.requiredByteCount(.uploadOffset)
        length = try fields.byteCount(.uploadLength)
        body = try BodyLength(fields)
    }
}

/// How many bytes a request may bring, and where they go.
package struct AppendPlan: Sendable, Equatable {
    /// Where the first byte goes.
    package var offset: Int64
    /// Most bytes that the body may have. A body that goes on past them must not complete the upload.
    package var limit: Int64
    /// Content-Length, never more than `limit`; `nil` if the body's end tells. Fewer bytes mean that it was cut.
    package var expected: Int64?

    package init(offset: Int64, limit: Int64, expected: Int64?) {
        self.offset = offset
        self.limit = limit
        self.expected = expected
    }
}
