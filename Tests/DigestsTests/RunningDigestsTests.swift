import CChecksums
import Digests
import Testing

@Suite struct RunningDigestsTests {
    /// The digests of the ASCII text "123456789", as `sha1sum` and the like print them.
    static let vectors: [(DigestAlgorithm, String)] = [
        (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"), (.md5, "25f9e794323b453885f5181f1b624d0b"),
        (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        (
            .sha512,
            "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
                + "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"
        ),
        (.crc32, "cbf43926"), (.crc32c, "e3069283"),
    ]

    @Test func everyAlgorithmGivesTheDigestOfItsStandard() {
        #expect(Set(Self.vectors.map(\.0)) == Set(DigestAlgorithm.allCases))
        for (algorithm, expected) in Self.vectors {
            #expect(Digest.of(Array("123456789".utf8), by: algorithm).map(hex) == expected, "\(algorithm)")
        }
    }

    /// RFC 3720 §B.4; the numbers as they are sent, the most significant byte first.
    @Test func crc32cGivesTheDigestsOfItsRFC() {
        let cases: [([UInt8], String)] = [
            ([UInt8](repeating: 0, count: 32), "8a9136aa"), ([UInt8](repeating: 0xFF, count: 32), "62a8ab43"),
            (Array(0...31), "46dd794e"), (Array((0...31).reversed()), "113fdb5c"),
        ]
        for (bytes, expected) in cases { #expect(Digest.of(bytes, by: .crc32c).map(hex) == expected) }
    }

    @Test func noBytesHaveADigestToo() {
        let expected: [(DigestAlgorithm, String)] = [
            (.sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"), (.md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), (.crc32, "00000000"),
            (.crc32c, "00000000"),
        ]
        for (algorithm, digest) in expected { #expect(Digest.of([], by: algorithm).map(hex) == digest) }
    }

    /// The bytes are cut at random places and lie at any alignment.
    @Test func itDoesNotMatterHowTheBytesAreCut() {
        var random = Mixer(state: 5)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...2000, using: &random)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            let running = RunningDigests(DigestAlgorithm.allCases)
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(300, rest.count), using: &random)
                rest.prefix(count).withUnsafeBytes(running.update)
                rest = rest.dropFirst(count)
            }
            let whole = DigestAlgorithm.allCases.compactMap { Digest.of(bytes, by: $0) }
            #expect(running.digests() == whole)
            #expect(running.digests() == whole, "asking changes nothing")
        }
    }

    @Test func theProcessorAndTheTablesAgreeOnCRC32C() {
        var random = Mixer(state: 6)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...600, using: &random)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            let start = UInt32(truncatingIfNeeded: random.next())
            #expect(
                tussock_crc32c(start, bytes, bytes.count) == tussock_crc32c_portable(start, bytes, bytes.count))
        }
    }

    @Test func onlyTheAlgorithmsThatWereAskedForAreRun() {
        #expect(RunningDigests([.crc32, .sha1, .crc32]).digests().map(\.algorithm) == [.sha1, .crc32])
        #expect(RunningDigests([]).digests() == [])
    }

    private func hex(_ digest: Digest) -> String {
        digest.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

@Suite struct DigestTests {
    @Test func aDigestOfAnotherLengthIsNone() {
        for algorithm in DigestAlgorithm.allCases {
            for length in [0, algorithm.length - 1, algorithm.length + 1] {
                #expect(Digest(algorithm, [UInt8](repeating: 1, count: length)) == nil)
            }
            #expect(Digest(algorithm, [UInt8](repeating: 1, count: algorithm.length)) != nil)
        }
    }

    @Test func digestsOfTheWholeAreComparedByAlgorithm() throws {
        let (a, b) = (Array("a".utf8), Array("b".utf8))
        let ofA = ContentDigests([.sha256, .sha512, .md5].compactMap { Digest.of(a, by: $0) })
        let ofB = ContentDigests([.sha512].compactMap { Digest.of(b, by: $0) })
        #expect(ofA.all.map(\.algorithm) == [.sha256, .sha512])
        #expect(ofA.difference(from: ofA) == nil)
        #expect(ofA.difference(from: ContentDigests()) == nil)
        #expect(ofA.difference(from: ofB)?.mine == ofA.sha512)
        #expect(ofA.difference(from: ofB)?.other == ofB.sha512)
        #expect(ofA.algorithms(missingFrom: ofB) == [.sha256])
        #expect(ContentDigests().algorithms(missingFrom: ofB) == [])
        #expect(ofB.adding(ofA).sha256 == ofA.sha256 && ofB.adding(ofA).sha512 == ofB.sha512)
    }
}

/// SplitMix64: the same numbers in every run.
private struct Mixer: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
