import Digests
import HTTPTypes
import Testing

@testable import UploadProtocol

/// tus 1.0.0, Checksum.
@Suite struct ChecksumTests {
    static let hello = Array("hello".utf8)

    static func field(_ algorithm: DigestAlgorithm, of bytes: [UInt8]) -> String {
        "\(algorithm) \(Base64.encode(Digest.of(bytes, by: algorithm)?.bytes ?? []))"
    }

    static func check(_ fields: HTTPFields) -> Result<ContentCheck?, TusError> {
        Result { () throws(TusError) in try ContentCheck(.uploadChecksum, fields) }
    }

    @Test func theExampleOfTheSpecificationIsUnderstood() throws {
        let check = try Self.check([.uploadChecksum: "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="]).get()
        #expect(check?.algorithms == [.sha1])
        #expect(try check?.verify([#require(Digest.of(Array("hello world".utf8), by: .sha1))], trailers: nil) != nil)
    }

    @Test(arguments: DigestAlgorithm.allCases)
    func everyAnnouncedAlgorithmIsTakenAndHeldAgainstTheBody(_ algorithm: DigestAlgorithm) throws {
        let check = try #require(try Self.check([.uploadChecksum: Self.field(algorithm, of: Self.hello)]).get())
        #expect(check.algorithms == [algorithm])
        let right = try #require(Digest.of(Self.hello, by: algorithm))
        let wrong = try #require(Digest.of([], by: algorithm))
        try check.verify([right], trailers: nil)
        for content in [[wrong], []] {
            let error = refusal { () throws(TusError) in try check.verify(content, trailers: nil) }
            #expect(error?.status.code == 460)
            #expect(error?.status.reasonPhrase == "Checksum Mismatch")
            #expect(error?.message.contains("Upload-Checksum") == true)
        }
    }

    @Test(arguments: [
        "", "sha1", "sha1 ", "sha384 AAAA", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha-1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
        "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0", "sha1 Kq5sNclPz7QV2-lfQIuc6R7oRu0=", "sha1  Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
        "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0= x", "sha1,Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "crc32 AAAAAAA=", "crc32c AAAA",
        "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1\u{00A0}AAAA", "\"sha1\" Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
    ])
    func aMalformedChecksumIs400AndNamesTheHeader(_ text: String) {
        let error = Self.check([.uploadChecksum: text]).failure
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.hasPrefix("Missing or invalid Upload-Checksum header") == true)
    }

    @Test func anUnknownAlgorithmIsToldTheKnownOnes() {
        let message = Self.check([.uploadChecksum: "sha384 AAAA"]).failure?.message
        #expect(message?.contains("sha1, md5, sha256, sha512, crc32, crc32c") == true)
    }

    @Test func aRepeatedChecksumIs400() {
        let one = Self.field(.md5, of: Self.hello)
        #expect(Self.check(lines([(.uploadChecksum, one), (.uploadChecksum, one)])).failure?.code == .invalidHeader)
    }

    @Test func anAnnouncedTrailerIsExpectedAndAnyAlgorithmMayCome() throws {
        for announced in ["Upload-Checksum", "upload-checksum", "Expires, Upload-Checksum ,X"] {
            let check = try #require(try Self.check([.trailer: announced]).get())
            #expect(check == .trailing(.uploadChecksum))
            #expect(check.algorithms == DigestAlgorithm.allCases)
            let content = DigestAlgorithm.allCases.compactMap { Digest.of(Self.hello, by: $0) }
            for algorithm in DigestAlgorithm.allCases {
                try check.verify(content, trailers: [.uploadChecksum: Self.field(algorithm, of: Self.hello)])
                let other: HTTPFields = [.uploadChecksum: Self.field(algorithm, of: [])]
                #expect(
                    refusal { () throws(TusError) in try check.verify(content, trailers: other) }?.status.code == 460)
            }
        }
        #expect(try Self.check([.trailer: "Expires"]).get() == nil)
    }

    @Test func aTrailerThatDoesNotComeOrIsMalformedIs400() throws {
        let check = try #require(try Self.check([.trailer: "Upload-Checksum"]).get())
        for trailers: HTTPFields? in [nil, [:], [.expires: "x"], [.uploadChecksum: "sha1 x"]] {
            let error = refusal { () throws(TusError) in try check.verify([], trailers: trailers) }
            #expect(error?.code == .invalidHeader)
            #expect(error?.message.contains("Upload-Checksum") == true)
        }
    }

    @Test func aHeaderAndATrailerAtOnceAre400() {
        let fields: HTTPFields = [.trailer: "Upload-Checksum", .uploadChecksum: Self.field(.sha1, of: Self.hello)]
        #expect(Self.check(fields).failure?.code == .invalidHeader)
    }

    @Test func aTrailerThatWasNotAnnouncedMeansNothing() throws {
        #expect(try Self.check([:]).get() == nil)
    }

    @Test func patchAndPostCarryTheirCheckIntoThePlan() throws {
        let fields = patch(.uploadChecksum, Self.field(.crc32, of: Self.hello))
        let status = UploadStatus(length: 100, offset: 70, state: .open)
        #expect(try status.plan(AppendRequest(fields)).check?.algorithms == [.crc32])
        let create: HTTPFields = [
            .uploadLength: "9", .contentType: MediaType.offsetOctetStream,
            .uploadChecksum: Self.field(.sha512, of: Self.hello),
        ]
        let request = try CreateRequest(create, body: .exactly(5), maximumSize: nil)
        #expect(request.plan?.check?.algorithms == [.sha512])
    }

    @Test func aChecksumOfNoBodyIsHeldAgainstNoBytes() throws {
        let right: HTTPFields = [.uploadLength: "9", .uploadChecksum: Self.field(.sha1, of: [])]
        #expect(try CreateRequest(right, body: .none, maximumSize: nil).check == nil)
        for body in [BodyLength.none, .exactly(0)] {
            let wrong: HTTPFields = [.uploadLength: "9", .uploadChecksum: Self.field(.sha1, of: Self.hello)]
            let error = refusal { () throws(TusError) in try CreateRequest(wrong, body: body, maximumSize: nil) }
            #expect(error?.status.code == 460)
            let announced: HTTPFields = [.uploadLength: "9", .trailer: "Upload-Checksum"]
            let missing = refusal { () throws(TusError) in
                try CreateRequest(announced, body: body, maximumSize: nil)
            }
            #expect(missing?.status.code == 400)
        }
    }

    /// Whatever comes, it is taken or refused with 400; what is taken is what was meant.
    @Test func garbageNeverBecomesAChecksum() throws {
        var random = SeededGenerator(seed: 41)
        let words = DigestAlgorithm.allCases.map(\.rawValue) + [" ", "  ", "\t", ",", "=", "AAAA", "AA==", "é", "sha"]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                words[Int.random(in: words.indices, using: &random)]
            }
            .joined()
            switch Self.check([.uploadChecksum: text]) {
            case .failure(let error): #expect(error.code == .invalidHeader)
            case .success(let check):
                guard case .given(let digests, .uploadChecksum)? = check, let digest = digests.first else {
                    Issue.record("\(text) became nothing")
                    continue
                }
                let again = "\(digest.algorithm) \(Base64.encode(digest.bytes))"
                #expect(again == trimmingOWS(text))
            }
        }
    }

    @Test func everyChecksumComesBackAsItWasSent() throws {
        var random = SeededGenerator(seed: 42)
        for algorithm in DigestAlgorithm.allCases {
            for _ in 0..<200 {
                let bytes = (0..<algorithm.length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                let check = try Self.check([.uploadChecksum: "\(algorithm) \(Base64.encode(bytes))"]).get()
                #expect(check == .given([Digest(algorithm, bytes)].compactMap(\.self), .uploadChecksum))
            }
        }
    }
}
