/// The checksums that a client may send along with bytes. The raw values are the names in tus, in the order in which
/// `Tus-Checksum-Algorithm` lists them.
package enum DigestAlgorithm: String, CaseIterable, Sendable {
    case sha1, md5, sha256, sha512, crc32, crc32c

    /// Bytes of one digest. Those of crc32 and crc32c are the number, the most significant byte first.
    package var length: Int {
        switch self {
        case .sha1: 20
        case .md5: 16
        case .sha256: 32
        case .sha512: 64
        case .crc32, .crc32c: 4
        }
    }
}

/// What bytes hash to by one algorithm; always as long as the algorithm says.
package struct Digest: Sendable, Hashable {
    package let algorithm: DigestAlgorithm
    package let bytes: [UInt8]

    /// `nil` for another number of bytes than the algorithm gives.
    package init?(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.length else { return nil }
        (self.algorithm, self.bytes) = (algorithm, bytes)
    }
}
