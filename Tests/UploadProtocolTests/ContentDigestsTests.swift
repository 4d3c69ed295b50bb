import Digests
import HTTPTypes
import Testing

@testable import UploadProtocol

/// RFC 9530: Repr-Digest and Content-Digest.
@Suite struct ContentDigestsTests {
    /// RFC 9530 §B.1 … B.7: of `{"hello": "world"}` and a line feed.
    static let example = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    static let content = Array("{\"hello\": \"world\"}\n".utf8)

    static func parse(_ fields: HTTPFields, _ name: HTTPField.Name = .reprDigest) -> Result<ContentDigests, TusError> {
        Result { () throws(TusError) in try ContentDigests(name, in: fields) }
    }

    @Test func theExampleOfTheRFCIsUnderstoodAndWrittenTheSameWay() throws {
        let digests = try Self.parse([.reprDigest: Self.example]).get()
        #expect(digests == ContentDigests([Digest.of(Self.content, by: .sha256)].compactMap(\.self)))
        #expect(digests.fieldValue == Self.example)
    }

    @Test func bothAlgorithmsMayComeInOneFieldOrInTwo() throws {
        let both = ContentDigests(ContentDigests.algorithms.compactMap { Digest.of(Self.content, by: $0) })
        #expect(try Self.parse([.reprDigest: both.fieldValue]).get() == both)
        let parts = both.all.map { ContentDigests([$0]).fieldValue }
        #expect(try Self.parse(lines(parts.map { (.reprDigest, $0) })).get() == both)
    }

    @Test(arguments: [
        "", " ", "md5=:AAAA:", "sha=:AAAA:, unixsum=:AAA=:", "sha-1024=5", "x;y=1, z=(1 2)",
    ])
    func unknownAlgorithmsAreIgnored(_ text: String) throws {
        #expect(try Self.parse([.reprDigest: text]).get().isEmpty)
        #expect(try ContentCheck(.contentDigest, [.contentDigest: text]) == nil)
    }

    @Test func anUnknownOneBesideAKnownOneIsIgnored() throws {
        let digests = try Self.parse([.reprDigest: "x-new=:AAAA:, \(Self.example);q=1"]).get()
        #expect(digests.fieldValue == Self.example)
    }

    @Test(arguments: [
        "SHA-256=:AAAA:", "sha-256", "sha-256=", "sha-256=5", "sha-256=:AAAA:", "sha-256=::", "sha-256=\"RK/0\"",
        "sha-256=(1 2)",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=", "sha-256:AAAA", "sha-256 :AAAA:", ",", "=",
        "sha-256=:é:",
        "sha-512=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", "md5=:AAAA:,", "sha256 RK/0qy18MlBSVnWgjwz6lZEW",
    ])
    func aMalformedFieldIs400AndNamesTheHeader(_ text: String) {
        for name in [HTTPField.Name.reprDigest, .contentDigest] {
            let error = Self.parse([name: text], name).failure
            #expect(error?.code == .invalidHeader, "\(text)")
            #expect(error?.message.hasPrefix("Missing or invalid \(name.rawName) header") == true)
        }
    }

    @Test func contentDigestIsACheckOfTheContentAndAllMustAgree() throws {
        let both = ContentDigests(ContentDigests.algorithms.compactMap { Digest.of(Self.content, by: $0) })
        let check = try #require(try ContentCheck(.contentDigest, [.contentDigest: both.fieldValue]))
        #expect(check.algorithms == [.sha256, .sha512])
        try check.verify(both.all, trailers: nil)
        let half = both.all.prefix(1) + [Digest.of([], by: .sha512)].compactMap(\.self)
        #expect(refusal { () throws(TusError) in try check.verify(Array(half), trailers: nil) }?.status.code == 460)
        let trailing = try #require(try ContentCheck(.contentDigest, [.trailer: "content-digest"]))
        #expect(trailing.algorithms == [.sha256, .sha512])
        try trailing.verify(both.all, trailers: [.contentDigest: Self.example])
    }

    @Test func reprDigestIsKeptForTheWholeAndIsNoCheckOfTheBody() throws {
        let request = try AppendRequest(patch(.reprDigest, Self.example))
        #expect(request.check == nil)
        #expect(request.whole.fieldValue == Self.example)
        let create = try CreateRequest([.uploadLength: "9", .reprDigest: Self.example], body: .none, maximumSize: nil)
        #expect(create.whole.fieldValue == Self.example)
        #expect(refusal { () throws(TusError) in try AppendRequest(patch(.reprDigest, "sha-256")) }?.status.code == 400)
    }

    @Test func garbageIsRefusedOrIgnoredAndNeverMisread() throws {
        var random = SeededGenerator(seed: 43)
        let pieces = [
            "sha-256", "sha-512", "=", ":", "::", ",", ", ", ";a", "AAAA", "é", "\"", "(", ")", "?1", "@1", "%\"x\"",
            "-", "1.5",
            "99999999999999999999", Self.example, "\\", "*",
        ]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces[Int.random(in: pieces.indices, using: &random)]
            }
            .joined()
            switch Self.parse([.reprDigest: text]) {
            case .failure(let error): #expect(error.code == .invalidHeader)
            case .success(let digests): #expect(digests.isEmpty || text.contains(Self.example), "\(text)")
            }
        }
    }
}
