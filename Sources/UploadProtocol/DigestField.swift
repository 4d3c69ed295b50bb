package import Digests
package import HTTPTypes

/// A field that tells what the content of its own request hashes to, whichever dialect it belongs to.
package enum DigestField: Sendable, Equatable {
    /// tus, Checksum: one digest, by any algorithm of `Tus-Checksum-Algorithm`.
    case uploadChecksum
    /// RFC 9530 §2: a dictionary, of which sha-256 and sha-512 count.
    case contentDigest

    package var name: HTTPField.Name {
        switch self {
        case .uploadChecksum: .uploadChecksum
        case .contentDigest: .contentDigest
        }
    }

    /// The algorithms by which it may bring a digest.
    package var algorithms: [DigestAlgorithm] {
        switch self {
        case .uploadChecksum: DigestAlgorithm.allCases
        case .contentDigest: ContentDigests.algorithms
        }
    }

    /// The digests that the field gives, all of which must agree; none if it is absent, or (Content-Digest) knows only
    /// algorithms that this server does not. Throws 400 `invalidHeader`.
    package func digests(in fields: HTTPFields) throws(TusError) -> [Digest] {
        switch self {
        case .uploadChecksum: try Self.checksum(fields).map { [$0] } ?? []
        case .contentDigest: try ContentDigests(.contentDigest, in: fields).all
        }
    }

    /// Checksum, Upload-Checksum: "The header MUST consist of the name of the used checksum algorithm and the Base64
    /// encoded checksum separated by a space." "`400 Bad Request` if the checksum algorithm is not supported by the
    /// server". Of the algorithms' names "uppercase characters are excluded".
    private static func checksum(_ fields: HTTPFields) throws(TusError) -> Digest? {
        guard let text = try fields.single(.uploadChecksum) else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let algorithm = DigestAlgorithm(rawValue: String(parts[0])) else {
            let known = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidHeader(.uploadChecksum, "expected one of \(known), got \(quoted(parts[0]))")
        }
        guard parts.count == 2, let bytes = Base64.decode(parts[1]), let digest = Digest(algorithm, bytes) else {
            throw .invalidHeader(
                .uploadChecksum, "expected \(algorithm), a space and \(algorithm.length) bytes in base64")
        }
        return digest
    }
}

/// What the content of one request must hash to, or nothing of it counts.
package enum ContentCheck: Sendable, Equatable {
    /// Digests that came before the content; all must agree.
    case given([Digest], DigestField)
    /// A field that was announced for the trailer section; only then it is known by which algorithm to hash.
    case trailing(DigestField)

    package var field: DigestField {
        switch self {
        case .given(_, let field), .trailing(let field): field
        }
    }

    /// By which algorithms to hash the content on its way.
    package var algorithms: [DigestAlgorithm] {
        switch self {
        case .given(let digests, _): digests.map(\.algorithm)
        case .trailing(let field): field.algorithms
        }
    }

    /// `nil` if the request gives and announces no digest. Throws 400 for a malformed one, and for one that is both
    /// given and announced: which of the two would count?
    ///
    /// Checksum: "Following RFC 7230 they MUST be announced using the `Trailer` header".
    package init?(_ field: DigestField, _ fields: HTTPFields) throws(TusError) {
        let digests = try field.digests(in: fields)
        let announced = fields[values: .trailer].flatMap { $0.split(separator: ",") }.map { trimmingOWS($0) }
        if announced.contains(where: { $0.lowercased() == field.name.canonicalName }) {
            guard !fields.contains(field.name) else {
                throw .invalidHeader(field.name, "it must come as a header or as a trailer, not as both")
            }
            self = .trailing(field)
        } else if !digests.isEmpty {
            self = .given(digests, field)
        } else {
            return nil
        }
    }

    /// Holds what came against what was told; `trailers` are the fields behind the content, if there were any.
    ///
    /// Throws 460 `checksumMismatch`; 400 for a trailer that was announced and is missing or malformed, because what
    /// cannot be checked must not count.
    package func verify(_ content: [Digest], trailers: HTTPFields?) throws(TusError) {
        let expected: [Digest]
        switch self {
        case .given(let digests, _): expected = digests
        case .trailing(let field):
            expected = try field.digests(in: trailers ?? [:])
            guard !expected.isEmpty else {
                throw .invalidHeader(field.name, "it was announced as a trailer and did not come")
            }
        }
        guard expected.allSatisfy(content.contains) else { throw .checksumMismatch(field.name) }
    }

    /// As `verify`, for a request without content.
    package func verifyNoContent() throws(TusError) {
        try verify(algorithms.compactMap { Digest.of([], by: $0) }, trailers: nil)
    }
}
