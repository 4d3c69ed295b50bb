package import Digests
package import HTTPTypes

/// A PATCH that appends in the draft's way (§4.4).
package struct DraftAppend: Sendable {
    /// Upload-Offset, in bytes.
    package var offset: Int64
    /// Upload-Complete: whether nothing comes behind this content.
    package var isComplete: Bool
    package var body: BodyLength
    /// Content-Digest of the body, as a header or as a trailer to come.
    package var check: ContentCheck?
    /// Repr-Digest: what the whole upload must hash to; counts if this request completes it.
    package var whole: ContentDigests
    private var fields: HTTPFields

    /// Throws 415 for another media type or a content coding, 400 for Upload-Offset, Upload-Complete, Content-Length,
    /// Transfer-Encoding, Repr-Digest or Content-Digest.
    package init(_ fields: HTTPFields) throws(Problem) {
        // §4.4.1: "sending a `PATCH` request with the `application/partial-upload` media type".
        let types = fields[values: .contentType]
        guard types.count == 1, MediaType(types[0])?.essence == Draft.partialUpload else {
            throw Problem(.unsupportedMediaType)
        }
        try Draft.checkCoding(fields)
        // §4.4.1: "The client MUST indicate the offset of the request content inside the representation data by
        // including the `Upload-Offset` header field."
        guard let offset = fields.structuredInteger(.uploadOffset) else {
            throw .missing(.uploadOffset, expected: "a non-negative integer of at most 15 digits")
        }
        // §4.4.1: "The request MUST include the `Upload-Complete` header field."
        guard let isComplete = fields.structuredBoolean(.uploadComplete) else {
            throw .missing(.uploadComplete, expected: "?1 or ?0")
        }
        self.offset = offset
        self.isComplete = isComplete
        self.fields = fields
        body = try Draft.bodyLength(fields)
        whole = try Draft.wholeDigests(fields)
        check = try Draft.contentCheck(fields, body: body)
    }

    /// What to read of the body, for an upload that is open.
    ///
    /// Throws, in this order: 409 `mismatchingOffset`, 400 `inconsistentLength`, 413, and 400 `overlong`, after which
    /// the upload is invalid.
    /// - Parameter expected: what the creation said that the whole must hash to.
    package func plan(
        _ upload: UploadStatus, limits: UploadLimits, expected: ContentDigests = ContentDigests()
    ) throws(Problem) -> AppendPlan {
        // §4.4.2: "If the `Upload-Offset` request header field value does not match the current offset ([…]), the
        // server MUST reject the request with a `409 (Conflict)` status code."
        guard offset == upload.offset else { throw mismatch(upload.offset, isComplete: false) }
        // §4.4.2: "the server MUST prevent the offset from exceeding the upload length by rejecting the request once
        // the offset exceeds the length, marking the upload resource invalid". Content-Length tells beforehand.
        let indicators = try LengthIndicators(fields, isComplete: isComplete, offset: offset, body: body)
        if let length = upload.length, let announced = body.announced, announced > length - offset,
            indicators.given ?? length == length
        {
            throw Problem(.overlong)
        }
        let length = try indicators.agreed(known: upload.length)
        try limits.check(length: length, offset: offset, body: body)
        guard expected.difference(from: whole) == nil else {
            throw .missing(.reprDigest, expected: "the one that the upload was created with")
        }
        return AppendPlan(
            offset: offset, limit: limits.room(from: offset, length: length), expected: body.expected,
            newLength: upload.length == nil ? length : nil, check: check, whole: whole,
            completion: isComplete ? .atItsEnd : .later)
    }

    /// Whether an append to a complete upload is the repetition of the last one, whose response may have been lost.
    /// Only the body's end can tell whether one of unknown length is: `hasContent`.
    ///
    /// §4.4.2: "If the upload is already complete ([…]), the server MUST NOT modify the upload resource and MUST reject
    /// the request." "If the client attempted to append a non-zero length document, the server MUST treat this as an
    /// inconsistent length failure."
    package func checkRepetition(of upload: UploadStatus, hasContent: Bool) throws(Problem) {
        guard offset == upload.offset else { throw mismatch(upload.offset, isComplete: true) }
        guard !hasContent else { throw Problem(.inconsistentLength, "The upload is complete; it takes no more bytes") }
        let indicators = try LengthIndicators(fields, isComplete: isComplete, offset: offset, body: .none)
        _ = try indicators.agreed(known: upload.length)
        guard isComplete else { throw Problem(.completedUpload) }
    }

    /// 409 with the upload's offset.
    package func mismatch(_ current: Int64, isComplete: Bool) -> Problem {
        Problem(.mismatchingOffset(expected: current, provided: offset, isComplete: isComplete))
    }
}
