import HTTPTypes

/// Upload-Defer-Length: an upload whose length is told later (Creation, Upload-Defer-Length).
enum DeferredLength {
    /// The length that a creation announces in bytes; nil if it is to be told later.
    ///
    /// Creation, POST: "The request MUST include one of the following headers: a) `Upload-Length` to indicate the size
    /// of an entire upload in bytes. b) `Upload-Defer-Length: 1` if upload size is not known at the time." Throws 400
    /// `invalidHeader` for neither, both, or a malformed one.
    static func ofCreation(_ fields: HTTPFields) throws(TusError) -> Int64? {
        let length = try fields.byteCount(.uploadLength)
        guard try isDeferred(fields) else {
            guard let length else {
                throw .invalidHeader(.uploadLength, "expected a non-negative integer, or Upload-Defer-Length: 1")
            }
            return length
        }
        guard length == nil else {
            throw .invalidHeader(.uploadDeferLength, "it must not come with Upload-Length")
        }
        return nil
    }

    /// Upload-Defer-Length: "Its value MUST be `1`." "If the `Upload-Defer-Length` header contains any other value than
    /// `1` the server should return a `400 Bad Request` status."
    static func isDeferred(_ fields: HTTPFields) throws(TusError) -> Bool {
        guard let value = try fields.single(.uploadDeferLength) else { return false }
        guard value == "1" else { throw .invalidHeader(.uploadDeferLength, "expected 1, got \(quoted(value))") }
        return true
    }
}
