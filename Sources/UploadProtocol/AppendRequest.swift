package import Digests
package import HTTPTypes

/// A PATCH that brings bytes (Core, PATCH).
///
/// The version is checked before (`Tus.checkVersion`), the upload's state after (`UploadStatus.plan`).
package struct AppendRequest: Sendable {
    /// Upload-Offset: where the client believes the upload to stand, in bytes.
    package var offset: Int64
    package var body: BodyLength
    /// Upload-Length, which tells a length that was deferred, and must not change one that is known; in bytes.
    package var length: Int64?
    /// Upload-Checksum, as a header or as a trailer to come.
    package var check: ContentCheck?
    /// Repr-Digest: what the whole upload must hash to; counts if this request completes it.
    package var whole: ContentDigests

    /// Throws 415 for another Content-Type, 400 `invalidHeader` for a missing or malformed
    /// Upload-Offset, a malformed Upload-Length, Content-Length, Transfer-Encoding, Upload-Checksum or Repr-Digest.
    /// Upload-Defer-Length may stand in a PATCH, where it says nothing new, but not with another value than 1 nor
    /// together with Upload-Length.
    package init(_ fields: HTTPFields) throws(TusError) {
        try MediaType.checkOffsetOctetStream(fields)
        offset = try fields.requiredByteCount(.uploadOffset)
        length = try fields.byteCount(.uploadLength)
        if try DeferredLength.isDeferred(fields), length != nil {
            throw .invalidHeader(.uploadDeferLength, "it must not come with Upload-Length")
        }
        body = try BodyLength(fields)
        check = try ContentCheck(.uploadChecksum, fields)
        whole = try ContentDigests(.reprDigest, in: fields)
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
    /// The upload's length in bytes that this request tells for the first time; it is to be kept before the first byte,
    /// but with a `check` only when that is passed.
    package var newLength: Int64?
    /// What the body must hash to. Then all of it counts or nothing; `nil`: whatever arrives counts.
    package var check: ContentCheck?
    /// What the whole upload must hash to if this request completes it.
    package var whole: ContentDigests
    package var completion: Completion

    /// What makes the upload complete.
    package enum Completion: Sendable, Equatable {
        /// Its last byte, as in tus, even if the body does not end with it.
        case atItsLength
        /// The end of this body, as in the draft with `Upload-Complete: ?1`.
        case atItsEnd
        /// Nothing that this request brings, as in the draft with `Upload-Complete: ?0`.
        case later
    }

    package init(
        offset: Int64, limit: Int64, expected: Int64?, newLength: Int64? = nil, check: ContentCheck? = nil,
        whole: ContentDigests = ContentDigests(), completion: Completion = .atItsLength
    ) {
        self.offset = offset
        self.limit = limit
        self.expected = expected
        self.newLength = newLength
        self.check = check
        self.whole = whole
        self.completion = completion
    }

    /// Whether an upload of this length, nil if nobody told it, is complete with the bytes up to `offset`.
    ///
    /// The draft, §4.2.2 and §4.4.2: "The server might not process the entire request content when the upload is
    /// interrupted […]. In addition, the upload resource MUST NOT be considered complete then."
    package func completes(at offset: Int64, length: Int64?, bodyHasEnded: Bool) -> Bool {
        switch completion {
        case .atItsLength: offset == length
        case .atItsEnd: bodyHasEnded && offset == length ?? offset
        case .later: false
        }
    }
}
