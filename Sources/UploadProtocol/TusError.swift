package import HTTPTypes

/// Why a request was refused, in the one table that decides status, phrase, message and extra fields (API.md §3).
///
/// `message` is for people and never holds unescaped client input: see `quoted(_:)`.
package struct TusError: Error, Sendable, Equatable {
    package var code: Code
    package var message: String
    /// The upload's current offset in bytes; sent with `offsetConflict` and with nothing else.
    package var offset: Int64?
    /// Seconds after which a retry makes sense; sent with `unavailable` and with nothing else.
    package var retryAfter: Int64?

    package init(_ code: Code, _ message: String, offset: Int64? = nil, retryAfter: Int64? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
        self.retryAfter = retryAfter
    }

    package enum Code: CaseIterable, Sendable {
        case unsupportedVersion, invalidHeader, tooLong, badRequest
        case unsupportedMediaType, offsetConflict, checksumMismatch
        case tooLarge, metadataTooLarge, quota
        case unauthorized, forbidden, notFound, gone
        case insufficientStorage, unavailable
    }

    /// The status line: the code's number and `phrase`.
    package var status: HTTPResponse.Status { HTTPResponse.Status(code: code.row.status, reasonPhrase: phrase) }

    /// The status's phrase, which is also `error.type` in the body.
    package var phrase: String { code.row.phrase }

    /// The fields that go with this error: `Tus-Resumable` and `Cache-Control: no-store` always, and what the code asks
    /// for. `WWW-Authenticate` of a 401 is the caller's, since only it knows the schemes.
    package var fields: HTTPFields {
        // Core, HEAD: "The Server MUST prevent the client and/or proxies from caching the response by adding the
        // `Cache-Control: no-store` header". A 404 or 410 is cacheable by default (RFC 9110 §15.1).
        var fields: HTTPFields = [.tusResumable: Tus.version, .cacheControl: "no-store"]
        switch code {
        case .unsupportedVersion:
            // Core, Tus-Resumable: "MUST include the `Tus-Version` header into the response".
            fields[.tusVersion] = Tus.version
        case .offsetConflict: fields[.uploadOffset] = offset.map { String($0) }
        case .unavailable: fields[.retryAfter] = String(retryAfter ?? Self.defaultRetryAfter)
        default: break
        }
        return fields
    }

    /// Seconds: about the time that a database needs to fail over or restart.
    package static let defaultRetryAfter: Int64 = 2
}

extension TusError.Code {
    fileprivate var row: (status: Int, phrase: String) {
        switch self {
        case .invalidHeader, .tooLong, .badRequest: (400, "Bad Request")
        case .unauthorized: (401, "Unauthorized")
        case .forbidden: (403, "Forbidden")
        case .notFound: (404, "Not Found")
        case .offsetConflict: (409, "Conflict")
        case .gone: (410, "Gone")
        case .unsupportedVersion: (412, "Precondition Failed")
        case .tooLarge, .metadataTooLarge, .quota: (413, "Request Entity Too Large")
        case .unsupportedMediaType: (415, "Unsupported Media Type")
        case .checksumMismatch: (460, "Checksum Mismatch")
        case .unavailable: (503, "Service Unavailable")
        case .insufficientStorage: (507, "Insufficient Storage")
        }
    }
}
