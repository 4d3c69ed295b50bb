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

/// Want-Repr-Digest (RFC 9530 §4): `sha-256=10, sha-512=3`, of which 0 is "not acceptable".
///
/// §10.1: "The response SHOULD include at least one of the requested digests, but might not include it." Only SHA-256
/// is kept with a file here, and it is made on the way: of an upload that comes in one request.
struct ReprDigestWish {
    /// By which algorithms to hash the whole.
    let algorithms: [DigestAlgorithm]

    init(_ fields: HTTPFields) {
        var parser = StructuredFieldValueParser(Array(fields[values: .wantReprDigest].joined(separator: ",").utf8))
        guard let wishes = try? parser.parseDictionaryFieldValue(), case .item(let item) = wishes["sha-256"],
            case .integer(let weight) = item.rfc9651BareItem, (1...10).contains(weight)
        else {
            algorithms = []
            return
        }
        algorithms = [.sha256]
    }
}
