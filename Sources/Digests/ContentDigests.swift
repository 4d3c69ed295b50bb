/// Digests of the same bytes by the algorithms that RFC 9530 §5 calls active, at most one of each; perhaps none.
package struct ContentDigests: Sendable, Equatable {
    package static let algorithms: [DigestAlgorithm] = [.sha256, .sha512]

    package let sha256: Digest?
    package let sha512: Digest?

    /// Of several by one algorithm the first is taken; those by other algorithms are left out.
    package init(_ digests: [Digest] = []) {
        sha256 = digests.first { $0.algorithm == .sha256 }
        sha512 = digests.first { $0.algorithm == .sha512 }
    }

    package var all: [Digest] { [sha256, sha512].compactMap(\.self) }

    package var isEmpty: Bool { all.isEmpty }

    /// These, and of `others` what these lack.
    package func adding(_ others: ContentDigests) -> ContentDigests { ContentDigests(all + others.all) }

    /// The algorithms of these digests by which `known` has none, so that they cannot be compared yet.
    package func algorithms(missingFrom known: ContentDigests) -> [DigestAlgorithm] {
        all.map(\.algorithm).filter { algorithm in !known.all.contains { $0.algorithm == algorithm } }
    }

    /// Of these algorithms, those by which there is no digest here.
    package func missing(of algorithms: [DigestAlgorithm]) -> [DigestAlgorithm] {
        algorithms.filter { algorithm in !all.contains { $0.algorithm == algorithm } }
    }

    /// The first pair of digests by one algorithm that are not the same.
    package func difference(from others: ContentDigests) -> (mine: Digest, other: Digest)? {
        for mine in all {
            if let other = others.all.first(where: { $0.algorithm == mine.algorithm }), other != mine {
                return (mine, other)
            }
        }
        return nil
    }
}
