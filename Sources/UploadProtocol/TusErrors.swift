package import HTTPTypes

/// One constructor a code, so that the words of an error stand in one place.
extension TusError {
    /// 412, in plone.restapi's words.
    package static let unsupportedVersion = TusError(.unsupportedVersion, "Unsupported version")

    /// 412 for a request of the HTTP draft where only tus is spoken.
    static let tusOnly = TusError(
        .unsupportedVersion,
        "Unsupported version: the HTTP draft creates uploads with Upload-Complete, and continues those that it "
            + "created; an upload of tus goes on with Tus-Resumable: \(Tus.version)")

    /// 400 "Missing or invalid Upload-Length header", in plone.restapi's words, then what was expected instead.
    package static func invalidHeader(_ name: HTTPField.Name, _ detail: String? = nil) -> TusError {
        let suffix = detail.map { ": \($0)" } ?? ""
        return TusError(.invalidHeader, "Missing or invalid \(name.rawName) header\(suffix)")
    }

    /// 400 when a body, or a body's announced size, goes past the end of the upload. Sizes in bytes.
    package static func tooLong(length: Int64, remaining: Int64) -> TusError {
        TusError(.tooLong, "The body exceeds the Upload-Length of \(length) bytes, of which \(remaining) are missing")
    }

    /// 400 for all else that is wrong with a request; `message` must quote what the client sent.
    package static func badRequest(_ message: String) -> TusError { TusError(.badRequest, message) }

    /// 415; plone.restapi's words, though it answers 400.
    package static let unsupportedMediaType = TusError(
        .unsupportedMediaType, "Missing or invalid Content-Type header: expected \(MediaType.offsetOctetStream)")

    /// 409 with the offset in bytes at which the upload stands.
    package static func offsetConflict(current: Int64) -> TusError {
        TusError(.offsetConflict, "The Upload-Offset header must be \(current), the current offset", offset: current)
    }

    /// 413 for an upload over `maximum` bytes, by its Upload-Length or, while that is deferred, by its body.
    package static func tooLarge(maximum: Int64) -> TusError {
        TusError(.tooLarge, "An upload, and so its Upload-Length header, must be at most \(maximum) bytes")
    }

    /// 460: tus, Checksum: "`460 Checksum Mismatch` if the checksums mismatch". Nothing of the body counts.
    package static func checksumMismatch(_ name: HTTPField.Name) -> TusError {
        TusError(.checksumMismatch, "The body is not what the \(name.rawName) header says; nothing of it was kept")
    }

    /// 413 for an Upload-Metadata value over `UploadMetadata.maximumBytes`.
    package static let metadataTooLarge = TusError(
        .metadataTooLarge, "The Upload-Metadata header must be at most \(UploadMetadata.maximumBytes) bytes")

    /// 413 for an Upload-Concat value over `UploadConcat.maximumBytes`.
    package static let concatTooLarge = TusError(
        .tooLarge,
        "The Upload-Concat header must be at most \(UploadConcat.maximumBytes) bytes; relative URLs are shorter")

    /// 413 when the user's unfinished uploads are at their limit.
    package static func quota(_ message: String = "The quota of unfinished uploads is used up") -> TusError {
        TusError(.quota, message)
    }

    /// 401; the caller adds `WWW-Authenticate`.
    package static func unauthorized(_ message: String = "Credentials are missing or wrong") -> TusError {
        TusError(.unauthorized, message)
    }

    /// 403, another user's upload included.
    package static func forbidden(_ message: String = "Not allowed here") -> TusError { TusError(.forbidden, message) }

    /// 404; without Upload-Offset, as tus asks for.
    package static func notFound(_ message: String = "No such upload") -> TusError { TusError(.notFound, message) }

    /// 410 for an upload that was there and has expired or was terminated.
    package static func gone(_ message: String = "The upload has expired or was terminated") -> TusError {
        TusError(.gone, message)
    }

    /// 507 when the volume is short of space.
    package static func insufficientStorage(_ message: String = "Not enough space on the volume") -> TusError {
        TusError(.insufficientStorage, message)
    }

    /// 503 with Retry-After in seconds.
    package static func unavailable(
        _ message: String = "Temporarily not available", retryAfter: Int64 = defaultRetryAfter
    ) -> TusError {
        TusError(.unavailable, message, retryAfter: retryAfter)
    }
}

extension TusError {
    /// Why a body that went past `plan.limit` was refused: 400 past the upload's length, 413 while that is deferred.
    package static func overrun(_ plan: AppendPlan, length: Int64?) -> TusError {
        guard let length else { return .tooLarge(maximum: plan.offset + plan.limit) }
        return .tooLong(length: length, remaining: plan.limit)
    }
}
