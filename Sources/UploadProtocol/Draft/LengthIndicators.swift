import HTTPTypes

/// What one request says of the whole upload's length (§4.1.3), in bytes.
struct LengthIndicators {
    /// "If the request includes the `Upload-Complete` field value set to true and a valid `Content-Length` header
    /// field, the request content is the remaining representation data. The length is then the sum of the current
    /// offset ([…]) and the `Content-Length` header field value."
    let implied: Int64?
    /// "The request can include the `Upload-Length` header field".
    let given: Int64?
    private let offset: Int64

    init(_ fields: HTTPFields, isComplete: Bool, offset: Int64, body: BodyLength) throws(Problem) {
        let (sum, overflow) = offset.addingReportingOverflow(body.expected ?? 0)
        guard !overflow else { throw Problem(.inconsistentLength, "The Content-Length is beyond all lengths") }
        implied = isComplete && body.expected != nil ? sum : nil
        given = fields.structuredInteger(.uploadLength)
        self.offset = offset
    }

    /// The length that this request and those before it tell; `nil` while none does.
    ///
    /// "If indicators (1) and (2) are both present in the same request, their indicated lengths MUST match. If multiple
    /// requests include indicators, their indicated values MUST match."
    func agreed(known: Int64?) throws(Problem) -> Int64? {
        let all = [known, given, implied].compactMap(\.self)
        guard let first = all.first else { return nil }
        guard all.allSatisfy({ $0 == first }) else {
            throw Problem(.inconsistentLength, "The upload's length cannot be \(Self.list(all)) bytes at once")
        }
        guard first >= offset else {
            throw Problem(.inconsistentLength, "The upload has \(offset) bytes, more than the length of \(first)")
        }
        return first
    }

    private static func list(_ lengths: [Int64]) -> String { lengths.map(String.init).joined(separator: " and ") }
}

extension UploadLimits {
    /// Throws 413 when the upload, or this request's content, is larger than it may be; 400 `overlong` when the content
    /// goes past the length.
    func check(length: Int64?, offset: Int64, body: BodyLength) throws(Problem) {
        if let length, length > largestUpload { throw Problem(shared: .tooLarge(maximum: largestUpload)) }
        guard let announced = body.announced else { return }
        if let length, announced > length - offset { throw Problem(.overlong) }
        if announced > largestUpload - offset { throw Problem(shared: .tooLarge(maximum: largestUpload)) }
        if let maxAppendSize, announced > maxAppendSize { throw .appendTooLarge(maximum: maxAppendSize) }
    }

    /// The most bytes that one request may bring behind `offset`.
    func room(from offset: Int64, length: Int64?) -> Int64 {
        max(0, min((length ?? largestUpload) - offset, maxAppendSize ?? .max))
    }

    /// Why a body that went past `plan.limit` was refused.
    package func overrun(_ plan: AppendPlan, length: Int64?) -> Problem {
        if let length, length - plan.offset <= plan.limit { return Problem(.overlong) }
        if let maxAppendSize, maxAppendSize <= plan.limit { return .appendTooLarge(maximum: maxAppendSize) }
        return Problem(shared: .tooLarge(maximum: plan.offset + plan.limit))
    }
}

extension Problem {
    static func appendTooLarge(maximum: Int64) -> Problem {
        Problem(shared: TusError(.tooLarge, "The content of one request must be at most \(maximum) bytes"))
    }
}
