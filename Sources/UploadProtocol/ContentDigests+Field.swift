package import Digests
package import HTTPTypes
import RawStructuredFieldValues

/// Repr-Digest and Content-Digest: `sha-256=:<base64>:, sha-512=:<base64>:`, a dictionary of RFC 9651.
extension ContentDigests {
    /// The digests of the field by algorithms that are known here; empty if there are none, or no such field.
    ///
    /// RFC 9530 §2: "A recipient MAY ignore any or all of the digests", and unknown algorithms are for others. Throws
    /// 400 `invalidHeader` for what is no dictionary, and for a digest that is no byte sequence of the right length.
    package init(_ name: HTTPField.Name, in fields: HTTPFields) throws(TusError) {
        let text = fields[values: name].joined(separator: ",")
        var parser = StructuredFieldValueParser(Array(text.utf8))
        var digests: [Digest] = []
        guard let dictionary = try? parser.parseDictionaryFieldValue() else {
            throw .invalidHeader(name, "expected a dictionary such as sha-256=:<base64>:")
        }
        for algorithm in Self.algorithms {
            guard let member = dictionary[Self.key(algorithm)] else { continue }
            guard case .item(let item) = member, case .undecodedByteSequence(let encoded) = item.rfc9651BareItem,
                let bytes = Base64.decode(encoded), let digest = Digest(algorithm, bytes)
            else {
                throw .invalidHeader(name, "expected \(Self.key(algorithm))=:<\(algorithm.length) bytes in base64>:")
            }
            digests.append(digest)
        }
        self.init(digests)
    }

    /// The field's value: `sha-256=:<base64>:` and so on.
    package var fieldValue: String {
        all.map { "\(Self.key($0.algorithm))=:\(Base64.encode($0.bytes)):" }.joined(separator: ", ")
    }

    /// The name in the "Hash Algorithms for HTTP Digest Fields" registry.
    static func key(_ algorithm: DigestAlgorithm) -> String {
        switch algorithm {
        case .sha256: "sha-256"
        case .sha512: "sha-512"
        case .sha1, .md5, .crc32, .crc32c: algorithm.rawValue
        }
    }
}
