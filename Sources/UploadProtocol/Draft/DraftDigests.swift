import Digests
import HTTPTypes
import RawStructuredFieldValues

/// Digests in the draft (§10, RFC 9530), refused in its form.
extension Draft {
    /// Repr-Digest.
    static func wholeDigests(_ fields: HTTPFields) throws(Problem) -> ContentDigests {
        do {
            return try ContentDigests(.reprDigest, in: fields)
        } catch {
            throw Problem(shared: error)
        }
    }

    /// Content-Digest, as a header or as a trailer to come. That of a request without content is held against none at
    /// once.
    ///
    /// §10.2: "If the digests don't match the server SHOULD consider the transfer failed, not append the content to the
    /// upload resource, and signal the failure to the client."
    static func contentCheck(_ fields: HTTPFields, body: BodyLength) throws(Problem) -> ContentCheck? {
        do {
            guard let check = try ContentCheck(.contentDigest, fields) else { return nil }
            guard body.isEmpty else { return check }
            try check.verifyNoContent()
            return nil
        } catch {
            throw Problem(shared: error)
        }
    }
}

/// Want-Repr-Digest (RFC 9530 §4): `sha-256=10, sha-512=3`, of which the larger is preferred and 0 "not acceptable".
///
/// §10.1: "The response SHOULD include at least one of the requested digests, but might not include it. The server
/// SHOULD compute the representation digests using the preferred algorithms once the upload is complete and include the
/// corresponding `Repr-Digest` header field in the response." Of those that are known here, the most preferred one.
struct ReprDigestWish {
    /// By which algorithms to hash the whole.
    let algorithms: [DigestAlgorithm]

    /// What is no dictionary of RFC 9651 says nothing, nor does a weight that is no integer from 1 to 10.
    init(_ fields: HTTPFields) {
        var parser = StructuredFieldValueParser(Array(fields[values: .wantReprDigest].joined(separator: ",").utf8))
        let wishes = try? parser.parseDictionaryFieldValue()
        var best: (algorithm: DigestAlgorithm, weight: Int64)?
        for algorithm in ContentDigests.algorithms {
            guard case .item(let item) = wishes?[ContentDigests.key(algorithm)],
                case .integer(let weight) = item.rfc9651BareItem, (1...10).contains(weight), weight > best?.weight ?? 0
            else { continue }
            best = (algorithm, weight)
        }
        algorithms = best.map { [$0.algorithm] } ?? []
    }
}
