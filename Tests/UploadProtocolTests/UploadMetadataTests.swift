import Testing

@testable import UploadProtocol

@Suite struct UploadMetadataTests {
    static func error(_ header: String) -> TusError? {
        refusal { () throws(TusError) in try UploadMetadata(parsing: header) }
    }

    /// A header with one key and a text value.
    static func header(_ key: String, _ value: String) -> String { "\(key) \(Base64.encode(Array(value.utf8)))" }

    @Test func noHeaderIsNoMetadata() throws {
        for header in [nil, "", " ", " \t "] {
            let metadata = try UploadMetadata(parsing: header)
            #expect(metadata.raw == "")
            #expect(metadata.filename == nil && metadata.contentType == nil && metadata.type == nil)
            #expect(metadata["filename"] == nil)
        }
    }

    @Test func theExampleOfTheSpecificationIsUnderstood() throws {
        let raw = "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential"
        let metadata = try UploadMetadata(parsing: raw)
        #expect(metadata.raw == raw)
        #expect(metadata.filename == "world_domination_plan.pdf")
        #expect(metadata["is_confidential"] == [])
        #expect(metadata["other"] == nil)
    }

    @Test func keysAreFoundWhateverTheirCase() throws {
        let metadata = try UploadMetadata(parsing: "FileName YS50eHQ=,@Type RmlsZQ==")
        #expect(metadata.filename == "a.txt")
        #expect(metadata.type == "File")
        #expect(metadata["FILENAME"] == Array("a.txt".utf8))
    }

    @Test func aValueMayBeLeftOutWithOrWithoutItsSpace() throws {
        for header in ["a", "a ", "a ,b YQ==", "a,b YQ=="] {
            #expect(try UploadMetadata(parsing: header)["a"] == [])
        }
    }

    @Test func whiteSpaceAroundCommasIsAllowed() throws {
        let metadata = try UploadMetadata(parsing: "a YQ== ,\t b Yg==")
        #expect(metadata["a"] == [0x61] && metadata["b"] == [0x62])
    }

    @Test(arguments: [
        ",", "a,", ",a", "a,,b", "a YQ==,,b", "a, ,b", "a YQ==,a Yg==", "a,A", "filename YQ==,FileName YQ==",
        "a  YQ==", "a YQ== YQ==", "a\tYQ==", "é YQ==", "a\u{7F} YQ==", "a\0 YQ==", "a\r\nb YQ==", "a YQ==\r\nX: y",
    ])
    func pairsThatBreakTheRulesAre400AndNameTheHeader(_ header: String) {
        let error = Self.error(header)
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.hasPrefix("Missing or invalid Upload-Metadata header") == true)
    }

    @Test(arguments: [
        "YQ", "YQ=", "YQ===", "=", "==", "====", "Y===", "YWJj=", "YQ==YQ==", "Y\u{A0}Q==", "_-8=", "Y*==", "é===",
        "YQ=a",
    ])
    func whatIsNotPaddedStandardBase64Is400AndNamesTheKey(_ value: String) {
        #expect(Self.error("some-key \(value)")?.message.contains("\"some-key\"") == true)
        #expect(Base64.decode(value) == nil)
    }

    @Test func base64OfEveryLengthAndByteIsDecoded() {
        var generator = SeededGenerator(seed: 4)
        for length in 0..<70 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test func theTestVectorsOfRFC4648Hold() {
        let vectors = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (plain, coded) in vectors {
            #expect(Base64.encode(Array(plain.utf8)) == coded)
            #expect(Base64.decode(coded) == Array(plain.utf8))
        }
        #expect(Base64.decode("/+8=") == [0xFF, 0xEF])
    }

    @Test func bitsAfterTheLastByteAreIgnored() {
        #expect(Base64.decode("YR==") == Base64.decode("YQ=="))
    }

    @Test func sixteenKibibytesFitAndOneMoreIs413() throws {
        let value = Base64.encode([UInt8](repeating: 7, count: 12_000))
        let padding = String(repeating: "k", count: UploadMetadata.maximumBytes - value.count - 3)
        #expect(try UploadMetadata(parsing: "a \(value),\(padding)").raw.utf8.count == UploadMetadata.maximumBytes)
        #expect(Self.error("a \(value),\(padding)k") == .metadataTooLarge)
    }

    @Test func noClientInputReachesAMessageUnescaped() {
        let hostile = "\u{1B}[31m\u{202E}" + String(repeating: "x", count: 500)
        let messages = [Self.error("\(hostile) YQ=="), Self.error(Self.header("content-type", hostile))]
        for message in messages.map({ $0?.message ?? "" }) {
            #expect(message.unicodeScalars.count < 220 && !message.isEmpty)
            #expect(!message.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" })
        }
    }
}

@Suite struct WellKnownMetadataTests {
    static func parse(_ pairs: [(String, String)]) -> Result<UploadMetadata, TusError> {
        let header = UploadMetadata.serialise(pairs.map { (key: $0.0, value: Array($0.1.utf8)) })
        return Result { () throws(TusError) in try UploadMetadata(parsing: header) }
    }

    @Test func aFilenameLosesItsFolders() throws {
        let names = [
            ("a.txt", "a.txt"), ("/etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\x/y\\z.png", "z.png"),
            ("../a", "a"), ("größe 日本.png", "größe 日本.png"), ("...", "..."), (".profile", ".profile"),
            ("a/\u{301}b", "\u{301}b"),
        ]
        for (given, kept) in names {
            let name = try Self.parse([("filename", given)]).get().filename
            #expect(name.map { Array($0.utf8) } == Array(kept.utf8), "\(given)")
        }
    }

    @Test(arguments: ["", ".", "..", "a/", "/", "\\", "a/..", "a\\.", "a\nb", "a\0", "\u{85}", "\u{7F}", "x\ty"])
    func aNameThatIsNoneIs400AndNamesTheKey(_ name: String) {
        for key in ["filename", "name"] {
            let error = Self.parse([(key, name)]).failure
            #expect(error?.code == .invalidHeader)
            #expect(error?.message.contains("\"\(key)\"") == true)
        }
    }

    @Test func aFilenameMayHave255BytesWithoutItsFolders() throws {
        let longest = String(repeating: "é", count: 127) + "x"
        #expect(try Self.parse([("filename", "some/folder/" + longest)]).get().filename == longest)
        #expect(Self.parse([("filename", longest + "x")]).failure?.code == .invalidHeader)
    }

    @Test(arguments: ["filename", "name", "content-type", "filetype", "@type"])
    func textThatIsNotUTF8Is400AndNamesTheKey(_ key: String) {
        let error = UploadMetadataTests.error("\(key) \(Base64.encode([0x61, 0xFF]))")
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.contains("\"\(key)\"") == true)
    }

    @Test func otherKeysMayHoldAnyBytes() throws {
        let metadata = try UploadMetadata(parsing: "blob \(Base64.encode([0, 0xFF, 10]))")
        #expect(metadata["blob"] == [0, 0xFF, 10])
    }

    @Test func plonesKeysWinOverTheSynonymsOfOtherClients() throws {
        let all = [
            ("type", "a/type"), ("filetype", "a/filetype"), ("content-type", "a/content"), ("name", "n"),
            ("filename", "f"),
        ]
        #expect(try Self.parse(all).get().contentType == "a/content")
        #expect(try Self.parse(all).get().filename == "f")
        #expect(try Self.parse(Array(all.prefix(2))).get().contentType == "a/filetype")
        #expect(try Self.parse([all[0], all[3]]).get().contentType == "a/type")
        #expect(try Self.parse([all[0], all[3]]).get().filename == "n")
    }

    @Test func aSynonymThatIsNotUsedIsNotChecked() throws {
        let metadata = try Self.parse([("filename", "f"), ("name", "a\nb"), ("type", "avatar")]).get()
        #expect(metadata.filename == "f")
        #expect(metadata.contentType == nil)
    }

    @Test func anEmptyTypeIsNone() throws {
        let metadata = try Self.parse([("filetype", ""), ("content-type", ""), ("@type", "")]).get()
        #expect(metadata.contentType == nil && metadata.type == nil)
        #expect(try Self.parse([("content-type", ""), ("filetype", "a/b")]).get().contentType == "a/b")
    }

    @Test(arguments: ["image", "image/", "text/html\r\nX: y", "a/b, c/d", "té/xt", "text/plain; a"])
    func aContentTypeThatCannotBeEchoedIs400(_ text: String) {
        for key in ["content-type", "filetype"] {
            #expect(Self.parse([(key, text)]).failure?.code == .invalidHeader)
        }
    }

    @Test func aPortalTypeHasNoControlCharacters() throws {
        #expect(try Self.parse([("@type", "Image")]).get().type == "Image")
        #expect(Self.parse([("@type", "Ima\nge")]).failure?.code == .invalidHeader)
    }
}

@Suite struct MetadataPropertyTests {
    @Test func whatIsSerialisedIsParsedBack() throws {
        var generator = SeededGenerator(seed: 5)
        let keyBytes = (0x21...0x7E).filter { $0 != 0x2C && !(0x41...0x5A).contains($0) }.map { UInt8($0) }
        for _ in 0..<2000 {
            var pairs: [String: [UInt8]] = [:]
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let key = (0...Int.random(in: 0...9, using: &generator)).map { _ in
                    keyBytes.randomElement(using: &generator) ?? 0x61
                }
                let length = Int.random(in: 0...40, using: &generator)
                // "x-" keeps clear of the keys whose values have rules of their own.
                pairs["x-" + String(decoding: key, as: UTF8.self)] = (0..<length).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            let header = UploadMetadata.serialise(pairs.map { (key: $0.key, value: $0.value) })
            let metadata = try UploadMetadata(parsing: header)
            #expect(metadata.raw == header)
            for (key, value) in pairs { #expect(metadata[key] == value) }
        }
    }

    @Test func noHeaderCrashesTheParserAndWhatIsAcceptedIsSafeToEcho() {
        var generator = SeededGenerator(seed: 6)
        let fragments = [
            "filename", "content-type", "@type", "name", "type", " ", ",", "=", "YQ==", "aW1hZ2UvcG5n", "Li4v", "é",
            "\r\n",
            "\0", "\t", "A", "/", "+", "ZgBv", "💥", "\u{301}",
        ]
        var accepted = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...8, using: &generator)
            let header = (0..<count).map { _ in fragments.randomElement(using: &generator) ?? "" }.joined()
            guard let metadata = try? UploadMetadata(parsing: header) else { continue }
            accepted += 1
            #expect(metadata.raw.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 })
            #expect(metadata.contentType?.utf8.allSatisfy { (0x20...0x7E).contains($0) } != false)
            #expect(metadata.filename?.utf8.contains { $0 < 0x20 || $0 == 0x2F || $0 == 0x5C } != true)
        }
        #expect(accepted > 1000)
    }
}
