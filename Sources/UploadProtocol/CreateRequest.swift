package import Digests
package import HTTPTypes

/// A POST that creates an upload (Creation, POST), with or without the first bytes (Creation With Upload).
///
/// The version is checked before: `Tus.checkVersion`.
package struct CreateRequest: Sendable {
    /// Upload-Length: the size of the whole upload in bytes; nil with `Upload-Defer-Length: 1`, and of a final upload.
    package var length: Int64?
    package var metadata: UploadMetadata
    /// Upload-Concat: whether the upload is a part, or is made of parts.
    package var concat: UploadConcat?
    /// `.none` also for Content-Length: 0, which creates without uploading.
    package var bodyLength: BodyLength
    /// Upload-Checksum of the body, as a header or as a trailer to come; `nil` without a body.
    package var check: ContentCheck?
    /// Repr-Digest: what the whole upload must hash to.
    package var whole: ContentDigests
    /// Bytes that an upload may have.
    private var maximumSize: Int64?

    /// Checks everything that the fields tell, before a byte of the body is read; `maximumSize` in bytes.
    ///
    /// Throws, in this order: 413 or 400 for Upload-Concat, 400 `invalidHeader` (Upload-Length, Upload-Defer-Length),
    /// 413 `tooLarge`, 413 or 400 for Upload-Metadata, 400 for Repr-Digest, 415 for a body of another type, 400
    /// `tooLong` for a body beyond Upload-Length, 413 for one beyond the maximum of an upload whose length is deferred,
    /// 400 for Upload-Checksum, 460 for a checksum that is not that of an absent body.
    package init(_ fields: HTTPFields, body: BodyLength, maximumSize: Int64?) throws(TusError) {
        concat = try UploadConcat(fields)
        length = try concat?.isFinal == true ? nil : DeferredLength.ofCreation(fields)
        // "If the length of the upload exceeds the maximum, […] the Server MUST respond with the `413 Request Entity
        // Too Large` status."
        if let maximumSize, let length, length > maximumSize { throw .tooLarge(maximum: maximumSize) }
        self.maximumSize = maximumSize
        // A list field may come in several lines (RFC 9110 §5.3).
        let lines = fields[values: .uploadMetadata]
        metadata = try UploadMetadata(parsing: lines.joined(separator: ","))
        bodyLength = body.isEmpty ? .none : body
        whole = try ContentDigests(.reprDigest, in: fields)
        if concat?.isFinal == true { try checkFinal(fields) } else { try checkBody(fields) }
        check = try ContentCheck(.uploadChecksum, fields)
        guard bodyLength == .none, let check else { return }
        try check.verifyNoContent()
        self.check = nil
    }

    /// Upload-Concat: "The Client MUST NOT include the `Upload-Length` header in the final upload creation." Nor is
    /// there anything to defer, or to upload.
    private func checkFinal(_ fields: HTTPFields) throws(TusError) {
        for name in [HTTPField.Name.uploadLength, .uploadDeferLength] where fields.contains(name) {
            throw .invalidHeader(name, "a final upload has the length of its parts, so it must not be sent")
        }
        if bodyLength != .none { throw .badRequest("A final upload has the bytes of its parts; it takes no body") }
    }

    /// Creation With Upload: "similar rules as for the `PATCH` request and response apply. The Client MUST include the
    /// `Content-Type: application/offset+octet-stream` header." Without a body, Content-Type means nothing.
    private func checkBody(_ fields: HTTPFields) throws(TusError) {
        guard bodyLength != .none else { return }
        try MediaType.checkOffsetOctetStream(fields)
        guard let announced = bodyLength.announced else { return }
        if let length, announced > length { throw .tooLong(length: length, remaining: length) }
        if let maximumSize, announced > maximumSize { throw .tooLarge(maximum: maximumSize) }
    }

    /// What to read of the body; `nil` if there is none.
    ///
    /// Creation: "The new resource has an implicit offset of `0`".
    package var plan: AppendPlan? {
        guard bodyLength != .none else { return nil }
        return AppendPlan(
            offset: 0, limit: length ?? maximumSize ?? .max, expected: bodyLength.announced, check: check)
    }
}
