/// Where an upload stands, as its row says.
package struct UploadStatus: Sendable, Equatable {
    /// Bytes of the whole upload; `nil` while deferred.
    package var length: Int64?
    /// Bytes received and kept.
    package var offset: Int64
    package var state: State

    package init(length: Int64?, offset: Int64, state: State) {
        self.length = length
        self.offset = offset
        self.state = state
    }

    /// The life of an upload (DESIGN.md): `open` → `complete` → `finalized` or `failed`; `open` → `expired` or
    /// `terminated`.
    package enum State: String, CaseIterable, Sendable {
        case open, complete, finalized, failed, expired, terminated

        /// Whether requests get 410: Expiration, "the Server SHOULD respond with the `404 Not Found` or `410 Gone`
        /// status. The latter one SHOULD be used if the Server is keeping track of expired uploads." Termination says
        /// the same of terminated ones.
        package var isGone: Bool { self == .expired || self == .terminated }
    }

    /// Throws 410 `gone` for an expired or terminated upload; for HEAD, PATCH, DELETE and GET alike.
    package func checkPresent() throws(TusError) {
        if state.isGone { throw .gone() }
    }

    /// How many bytes this PATCH may bring, decided before a byte is read.
    ///
    /// A complete upload accepts the repetition of its last PATCH: no bytes at offset = length.
    /// Throws, in this order: 410 `gone`, 409 `offsetConflict` with the current offset, 400 `invalidHeader` for a
    /// changed Upload-Length or one below the offset, 413 `tooLarge` for one over `maximumSize` bytes, 400 `tooLong` if
    /// Content-Length goes past the end, 413 if it goes past the maximum while the length is not known.
    package func plan(_ request: AppendRequest, maximumSize: Int64? = nil) throws(TusError) -> AppendPlan {
        try checkPresent()
        // Core, PATCH: "The `Upload-Offset` header's value MUST be equal to the current offset of the resource. […] If
        // the offsets do not match, the Server MUST respond with the `409 Conflict` status without modifying the
        // upload resource."
        guard request.offset == offset else { throw .offsetConflict(current: offset) }
        try checkLength(request.length, maximumSize)
        let end = length ?? request.length
        let remaining = max(0, (end ?? maximumSize ?? .max) - offset)
        if let announced = request.body.announced, announced > remaining {
            if let end { throw .tooLong(length: end, remaining: remaining) }
            throw .tooLarge(maximum: maximumSize ?? .max)
        }
        return AppendPlan(
            offset: offset, limit: remaining, expected: request.body.announced,
            newLength: length == nil ? request.length : nil, check: request.check, whole: request.whole)
    }

    /// Creation, POST: "Once it is known the Client MUST set the `Upload-Length` header in the next `PATCH` request.
    /// Once set the length MUST NOT be changed."
    private func checkLength(_ requested: Int64?, _ maximumSize: Int64?) throws(TusError) {
        guard let requested else { return }
        if let length {
            guard requested == length else { throw .invalidHeader(.uploadLength, "it must stay \(length)") }
            return
        }
        guard requested >= offset else {
            throw .invalidHeader(.uploadLength, "it must be at least \(offset), the current offset")
        }
        if let maximumSize, requested > maximumSize { throw .tooLarge(maximum: maximumSize) }
    }
}
