import HTTPTypes
import Testing

@testable import UploadProtocol

/// Concatenation, Upload-Concat.
@Suite struct UploadConcatTests {
    private func create(_ fields: HTTPFields, body: BodyLength = .none) -> Result<CreateRequest, TusError> {
        Result { () throws(TusError) in try CreateRequest(fields, body: body, maximumSize: 100) }
    }

    private static let final = "final;/files/a https://tus.example/files/b c"

    @Test func aPartialUploadIsOneLikeAnyOther() throws {
        let request = try create([.uploadConcat: "partial", .uploadLength: "5"]).get()
        #expect(request.concat?.isPartial == true && request.concat?.isFinal == false)
        #expect(request.concat?.raw == "partial" && request.length == 5)
        let deferred = try create([.uploadConcat: "partial", .uploadDeferLength: "1"]).get()
        #expect(deferred.length == nil && deferred.concat?.isPartial == true)
        #expect(create([.uploadConcat: "partial"]).failure?.code == .invalidHeader)
    }

    @Test func aFinalUploadNamesItsPartsInOrder() throws {
        let request = try create([.uploadConcat: Self.final]).get()
        #expect(request.concat?.parts == ["/files/a", "https://tus.example/files/b", "c"])
        #expect(request.concat?.raw == Self.final && request.concat?.isFinal == true)
        #expect(request.length == nil && request.plan == nil)
        #expect(try create([.uploadConcat: "final; /a  /a "]).get().concat?.parts == ["/a", "/a"])
    }

    @Test(arguments: [
        "", "Partial", "partial;", "partial /a", "final", "final;", "final; ", "final /a", "Final;/a", "final,/a",
        "final;/a\t/b", "final;/é", "initial",
    ])
    func anyOtherValueIs400(_ value: String) {
        let error = create([.uploadConcat: value, .uploadLength: "5"]).failure
        #expect(error?.code == .invalidHeader && error?.message.contains("Upload-Concat") == true)
    }

    @Test func twoHeadersAre400() {
        let twice = lines([(.uploadConcat, "partial"), (.uploadConcat, "partial"), (.uploadLength, "5")])
        #expect(create(twice).failure?.code == .invalidHeader)
    }

    @Test func aFinalUploadHasNoLengthAndNoBytesOfItsOwn() {
        for name in [HTTPField.Name.uploadLength, .uploadDeferLength] {
            let error = create([.uploadConcat: Self.final, name: "1"]).failure
            #expect(error?.code == .invalidHeader && error?.message.contains(name.rawName) == true)
        }
        for body in [BodyLength.exactly(1), .unknown] {
            let fields: HTTPFields = [.uploadConcat: Self.final, .contentType: "application/offset+octet-stream"]
            #expect(create(fields, body: body).failure?.status.code == 400)
        }
        #expect(create([.uploadConcat: Self.final], body: .exactly(0)).failure == nil)
    }

    @Test func moreThan64KiBAre413() throws {
        let url = " /" + String(repeating: "a", count: 30)
        let most = "final;" + String(repeating: url, count: UploadConcat.maximumBytes / url.utf8.count - 1)
        #expect(try create([.uploadConcat: most]).get().concat?.parts.count == 2047)
        let error = create([.uploadConcat: most + url + url]).failure
        #expect(error?.status.code == 413 && error?.message.contains("Upload-Concat") == true)
    }

    struct Place: Sendable, CustomTestStringConvertible {
        var url: String
        /// Below the service; nil: refused.
        var path: String?
        var testDescription: String { url }

        init(_ url: String, _ path: String?) { (self.url, self.path) = (url, path) }
    }

    static let id = "0123456789abcdef0123456789abcdef"
    static let places = [
        Place("http://files.example:8080/media/@upload/\(id)", "/media/@upload/\(id)"),
        Place("HTTP://FILES.example:8080/media/@upload/\(id)", "/media/@upload/\(id)"),
        Place("//files.example:8080/media/@upload/\(id)", "/media/@upload/\(id)"),
        Place("/media/@upload/\(id)", "/media/@upload/\(id)"),
        Place("/%6dedia/%40upload/\(id)", "/%6dedia/%40upload/\(id)"),
        Place("/++api++/media/@upload/\(id)", "/++api++/media/@upload/\(id)"),
        Place("/other/../media/./@upload/\(id)", "/media/@upload/\(id)"),
        Place("@upload/\(id)", "/media/@upload/\(id)"),
        Place("./@upload/\(id)", "/media/@upload/\(id)"),
        Place("../other/@upload/\(id)", "/other/@upload/\(id)"),
        Place("../../../@upload/\(id)", "/@upload/\(id)"),
        Place("http://files.example/media/@upload/\(id)", nil),
        Place("https://files.example:8080/media/@upload/\(id)", nil),
        Place("http://evil.example:8080/media/@upload/\(id)", nil),
        Place("//evil.example/media/@upload/\(id)", nil),
        Place("http://ann:secret@files.example:8080/media/@upload/\(id)", nil),
        Place("http://files.example:8080@evil.example/@upload/\(id)", nil),
        Place("http://files.example:8080.evil.example/@upload/\(id)", nil),
        Place("file:///etc/passwd", nil), Place("javascript:alert(1)", nil), Place("1http://x/", nil),
        Place("/media/@upload/\(id)?x=1", nil), Place("/media/@upload/\(id)#x", nil),
    ]

    @Test(arguments: places) func onlyURLsOfThisServiceAreParts(place: Place) {
        let result = Result { () throws(TusError) in
            try UploadConcat.path(
                of: place.url, number: 7, creation: "http://files.example:8080/media/@upload",
                service: "http://files.example:8080")
        }
        #expect((try? result.get()) == place.path)
        guard let error = result.failure else { return }
        #expect(error.status.code == 400)
        #expect(error.message.contains("Upload-Concat") && error.message.contains("part 7, \(quoted(place.url))"))
    }

    @Test func aServiceBelowAPathIsThatPathAlone() throws {
        func path(_ url: String) throws(TusError) -> String {
            try UploadConcat.path(
                of: url, number: 1, creation: "https://site.example/files/media/@upload",
                service: "https://site.example/files")
        }
        #expect(try path("https://site.example:443/files/media/@upload/x") == "/media/@upload/x")
        #expect(try path("/files/@upload/x") == "/@upload/x")
        #expect(try path("@upload/x") == "/media/@upload/x")
        for url in ["/media/@upload/x", "/filesystem/@upload/x", "/files/../@upload/x", "https://site.example/files"] {
            #expect(refusal { () throws(TusError) in try path(url) }?.status.code == 400, "\(url)")
        }
    }

    /// RFC 3986 §5.4, all of its examples but those whose base has a query of its own.
    @Test(arguments: [
        ("g", "/b/c/g"), ("./g", "/b/c/g"), ("g/", "/b/c/g/"), ("/g", "/g"), ("g;x", "/b/c/g;x"), (";x", "/b/c/;x"),
        (".", "/b/c/"), ("./", "/b/c/"), ("..", "/b/"), ("../", "/b/"), ("../g", "/b/g"), ("../..", "/"),
        ("../../", "/"), ("../../g", "/g"), ("../../../g", "/g"), ("../../../../g", "/g"), ("/./g", "/g"),
        ("/../g", "/g"), ("g.", "/b/c/g."), (".g", "/b/c/.g"), ("g..", "/b/c/g.."), ("..g", "/b/c/..g"),
        ("./../g", "/b/g"), ("./g/.", "/b/c/g/"), ("g/./h", "/b/c/g/h"), ("g/../h", "/b/c/h"),
        ("g;x=1/./y", "/b/c/g;x=1/y"), ("g;x=1/../y", "/b/c/y"),
    ])
    func relativeURLsAreResolvedAsTheStandardSays(reference: String, path: String) throws {
        let base = try #require(URLReference("http://a/b/c/d;p"))
        let relative = try #require(URLReference(reference))
        #expect(base.resolving(relative) == URLReference("http://a\(path)"))
    }

    /// Whatever a client sends, a part's path begins with a slash and climbs nowhere.
    @Test func noURLLeadsOutOfTheService() {
        var generator = SeededGenerator(seed: 5)
        let pieces = [
            "/", "//", ".", "..", "a", "%2e%2e", "@upload", ":", "?", "#", "@", "http:", "files.example", "\\", " ",
            "é",
        ]
        for _ in 0..<20_000 {
            let url = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            let path = try? UploadConcat.path(
                of: url, number: 1, creation: "http://files.example/x/media/@upload", service: "http://files.example/x")
            guard let path else { continue }
            let segments = path.split(separator: "/", omittingEmptySubsequences: false)
            #expect(path.hasPrefix("/") && !segments.contains(".") && !segments.contains(".."), "\(url)")
        }
    }

    @Test func headOfAFinalHasNoOffsetBeforeItIsJoined() {
        func head(_ length: Int64?, _ isJoined: Bool) -> HTTPFields {
            ResponseFields.headOfFinal(
                length: length, isJoined: isJoined, metadata: "a YQ==", concat: Self.final, item: "/a",
                pending: !isJoined)
        }
        for fields in [head(nil, false), head(5, false), head(5, true)] {
            #expect(fields[.uploadConcat] == Self.final && fields[.uploadMetadata] == "a YQ==")
            #expect(fields[.cacheControl] == "no-store" && fields[.tusResumable] == "1.0.0")
            #expect(fields[.link] == "</a>; rel=\"item\"" && !fields.contains(.uploadDeferLength))
        }
        #expect(!head(nil, false).contains(.uploadLength) && !head(nil, false).contains(.uploadOffset))
        #expect(head(5, false)[.uploadLength] == "5" && !head(5, false).contains(.uploadOffset))
        #expect(!head(5, false).contains(.location) && head(5, false)[.uploadFinalization] == "pending")
        #expect(head(5, true)[.uploadLength] == "5" && head(5, true)[.uploadOffset] == "5")
        #expect(head(5, true)[.location] == "/a")
    }
}
