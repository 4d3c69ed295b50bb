package import Digests
package import HTTPTypes

/// A POST that creates an upload in the draft's way (§4.2), with none, some or all of its bytes.
package struct DraftCreation: Sendable {
    /// Upload-Complete: whether the content is all there is to come.
    package var isComplete: Bool
    /// The size of the whole upload in bytes; `nil` while nothing tells it.
    package var length: Int64?
    package var bodyLength: BodyLength
    /// From Content-Disposition.
    package var filename: String?
    /// From Content-Type.
    package var contentType: String?
    /// Content-Digest of the body, as a header or as a trailer to come; `nil` without a body.
    package var check: ContentCheck?
    /// Repr-Digest: what the whole upload must hash to.
    package var whole: ContentDigests
    /// Want-Repr-Digest: by which algorithms the client wants to be told what the whole hashes to.
    package var wanted: [DigestAlgorithm]
    private var limits: UploadLimits

    /// Checks everything that the fields tell, before a byte of the body is read.
    ///
    /// Throws, in this order: 400 for Upload-Complete, Content-Length or Transfer-Encoding, 400 `inconsistentLength`,
    /// 413 for an upload or a content over the limits, 415 for a content coding, 400 for Content-Disposition,
    /// Content-Type, Repr-Digest and Content-Digest, and for a Content-Digest that is not that of an absent body.
    package init(_ fields: HTTPFields, limits: UploadLimits) throws(Problem) {
        guard let isComplete = fields.structuredBoolean(.uploadComplete) else {
            throw .missing(.uploadComplete, expected: "?1 or ?0")
        }
        self.isComplete = isComplete
        self.limits = limits
        bodyLength = try Draft.bodyLength(fields)
        length = try LengthIndicators(fields, isComplete: isComplete, offset: 0, body: bodyLength).agreed(known: nil)
        try limits.check(length: length, offset: 0, body: bodyLength)
        try Draft.checkCoding(fields)
        filename = try DispositionField.filename(fields)
        contentType = try Self.contentType(fields)
        whole = try Draft.wholeDigests(fields)
        wanted = ReprDigestWish(fields).algorithms
        check = try Draft.contentCheck(fields, body: bodyLength)
    }

    /// §4.2.1: "The `Content-Type` header field […] indicates the media type of the representation."
    ///
    /// Security Considerations: "metadata MUST be validated and/or sanitized if the server takes its values into
    /// consideration for processing or storing the representation."
    private static func contentType(_ fields: HTTPFields) throws(Problem) -> String? {
        let values = fields[values: .contentType]
        guard let first = values.first, !trimmingOWS(first).isEmpty else { return nil }
        guard values.count == 1, let type = MediaType(first) else {
            throw .missing(.contentType, expected: "one media type")
        }
        return type.text
    }

    /// What to read of the body; `nil` if nothing is to be read and nothing ends.
    ///
    /// §4.2.1: "The request content can be empty. If the `Upload-Complete` header field is then set to true, the client
    /// intends to upload an empty representation. An `Upload-Complete` header field set to false is also valid."
    package var plan: AppendPlan? {
        guard isComplete || !bodyLength.isEmpty else { return nil }
        return AppendPlan(
            offset: 0, limit: limits.room(from: 0, length: length), expected: bodyLength.expected, check: check,
            completion: isComplete ? .atItsEnd : .later)
    }
}

extension BodyLength {
    /// Bytes that must come; `nil` if only the end tells.
    var expected: Int64? { self == .none ? 0 : announced }
}
