import TestSupport
import Testing

@testable import Content

@Suite struct ItemNameTests {
    @Test(arguments: [
        ("Jahresbericht Ü (final).PDF", "jahresbericht-u-final.pdf"), ("archive.tar.gz", "archive-tar.gz"),
        ("_draft it's.docx", "draft-its.docx"), ("notes.markdown", "notes-markdown"), ("test.txt", "test.txt"),
        ("Straße Æon Ødegård Łódź.jpg", "strasse-aeon-odegard-lodz.jpg"), ("Привет мир.txt", "privet-mir.txt"),
        ("Ελληνικά.pdf", "ellenika.pdf"), ("日本語.png", "ri-ben-yu.png"), ("Tiếng Việt.doc", "tieng-viet.doc"),
        ("a/b\\c:d.txt", "a-b-c-d.txt"), ("--a--b--.txt", "a-b.txt"), ("  spaced  .txt  ", "spaced.txt"),
        ("trailing.", "trailing"), (".htaccess", "htaccess"), ("..", "file"), ("", "file"), ("👍", "file"),
        ("👍.png", "png"), ("!!!.png", "file.png"), ("\"_x\".txt", "x.txt"), ("@upload", "upload"), ("++api++", "api"),
        ("@@download.txt", "download.txt"), ("a_b.c_d", "a_b.c_d"), ("“quoted” – dash.txt", "quoted-dash.txt"),
        ("e\u{301}tude.mp3", "etude.mp3"), ("a\u{0}b\r\nc.txt", "a-b-c.txt"), ("x.数据", "x-shu-ju"),
    ])
    func aFilenameBecomesPlonesId(_ filename: String, _ id: String) {
        #expect(ItemName(filename: filename).preferred == id)
    }

    @Test(arguments: [
        ("Raw cuts", "raw-cuts"), ("Release 1.2", "release-1-2"), ("Übersicht", "ubersicht"), ("", "folder"),
        ("...", "folder"), ("__", "folder"), ("Q&A: what's new?", "q-a-whats-new"),
    ])
    func aTitleHasNoExtension(_ title: String, _ id: String) {
        #expect(ItemName(title: title).preferred == id)
        #expect(ItemName(title: title).suffix == "")
    }

    @Test func candidatesCountBetweenStemAndSuffix() {
        let name = ItemName(filename: "Clip 1.mp4")
        #expect(name.stem == "clip-1")
        #expect(name.suffix == ".mp4")
        #expect((0...2).map(name.candidate) == ["clip-1.mp4", "clip-1-1.mp4", "clip-1-2.mp4"])
        #expect(name.candidate(-3) == "clip-1.mp4")
    }

    @Test func longNamesAreCroppedAtADashAndStayWithinTheLimit() {
        let words = ItemName(filename: String(repeating: "word ", count: 100) + ".jpeg")
        #expect(words.stem.hasSuffix("-word"))
        let solid = ItemName(filename: String(repeating: "x", count: 5000) + ".jpeg")
        for name in [words, solid] {
            #expect(name.suffix == ".jpeg")
            for n in [0, 1, 99, 100, 999, 1000, .max] { #expect(name.candidate(n).utf8.count <= 255) }
        }
        #expect(solid.candidate(100).utf8.count == 255)
    }

    @Test func aVeryLongNameKeepsItsBeginningAndItsExtension() {
        let name = ItemName(filename: "Ü " + String(repeating: "日本 ", count: 2000) + "end.webp")
        #expect(name.stem.hasPrefix("u-ri-ben-"))
        #expect(name.suffix == ".webp")
    }

    @Test func candidatesUpTo999AllDiffer() {
        for filename in ["a.txt", String(repeating: "ab-", count: 200) + ".txt", String(repeating: "7", count: 300)] {
            let name = ItemName(filename: filename)
            #expect(Set((0...999).map(name.candidate)).count == 1000)
        }
    }

    private static let pieces = [
        "a", "Z", "9", "_", "-", ".", "..", " ", "'", "\"", "/", "\\", "@", "+", "++", "ü", "ß", "Ж", "語", "👍", "\u{0}",
        "\r\n", "\u{301}", "\u{202E}", "İ", "ﬁ", "½", "…", "ا", "%2e", "word", ".pdf", ".tar", "\u{FFFD}", "\u{FEFF}",
        "ﷺ",
    ]

    @Test func whateverTheNameItIsAsciiShortNotEmptyHarmlessAndIdempotent() throws {
        var generator = SeededGenerator(state: 1)
        for round in 0..<3000 {
            let text = generator.text(of: Self.pieces, upTo: round % 50 == 0 ? 300 : 12)
            for (name, again) in [
                (ItemName(filename: text), { ItemName(filename: $0) }),
                (ItemName(title: text), { ItemName(title: $0) }),
            ] as [(ItemName, (String) -> ItemName)] {
                let id = name.preferred
                #expect(id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(text.debugDescription)")
                #expect(!id.isEmpty && id.utf8.count <= 251, "\(text.debugDescription)")
                #expect(!"@+_-.".contains(id.first ?? "@"), "\(text.debugDescription)")
                #expect(again(id) == name, "\(text.debugDescription)")
                #expect(try ItemName.validate(id: name.candidate(100)) == name.candidate(100))
            }
        }
    }

    @Test func garbageBytesAreNamedToo() {
        var generator = SeededGenerator(state: 2)
        for _ in 0..<1000 {
            let text = String(decoding: generator.bytes(upTo: 60), as: UTF8.self)
            let name = ItemName(filename: text)
            #expect(ItemName(filename: name.preferred) == name, "\(text.debugDescription)")
        }
    }

    @Test(arguments: [
        "media", "Media.PDF", "a b", "größe", "日本語", "-x", ".hidden", "...", "a@b", "a++b", "100%", "a?b#c", "e\u{301}",
    ])
    func anAllowedIdIsTakenAsItIs(_ id: String) throws {
        #expect(Array(try ItemName.validate(id: id).utf8) == Array(id.utf8))
    }

    @Test(arguments: [
        ("", "empty"), (".", "not a name"), ("..", "not a name"), ("a/b", "\"/\""), ("a\u{0}", "U+0000"),
        ("a\nb", "U+000A"), ("\u{7F}", "U+007F"), ("\u{85}", "U+0085"), ("\u{2028}", "U+2028"), ("@upload", "\"@\""),
        ("@\u{301}x", "\"@\""), ("++api++", "\"+\""), ("+x", "\"+\""), ("_x", "\"_\""),
        (String(repeating: "ü", count: 128), "255 bytes"),
    ])
    func aForbiddenIdIsRefusedWithItsReason(_ id: String, _ reason: String) throws {
        let error = try #require(throws: BadRequest.self) { try ItemName.validate(id: id) }
        #expect(error.message.contains(reason), "\(error.message)")
    }
}
