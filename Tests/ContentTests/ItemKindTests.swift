import TestSupport
import Testing

@testable import Content

@Suite struct ItemKindTests {
    @Test(
        arguments: [
            ("photo.JPG", nil, .image), ("photo.jpeg", "application/octet-stream", .image), ("a.webp", nil, .image),
            ("a.tiff", nil, .file), ("a.tiff", "image/tiff", .image), ("noextension", "IMAGE/PNG; x=y", .image),
            ("a.svg", nil, .file), ("a.svg", "image/svg+xml", .file), ("drawing", "image/svg+xml", .file),
            ("a.svgz", "image/png", .file), ("notes.txt", "text/plain", .file), ("clip.mp4", "video/mp4", .file),
            (nil, nil, .file), ("", "", .file), ("png", nil, .file), (".png", nil, .file), ("a.png.zip", nil, .file),
        ] as [(String?, String?, ItemKind)])
    func withoutATypeTheExtensionThenTheContentTypeDecides(_ name: String?, _ type: String?, _ kind: ItemKind) throws {
        #expect(try ItemKind.ofUpload(type: nil, filename: name, contentType: type) == kind)
        #expect(try ItemKind.ofUpload(type: "", filename: name, contentType: type) == kind)
    }

    @Test func aNamedTypeWins() throws {
        #expect(try ItemKind.ofUpload(type: "File", filename: "a.png", contentType: "image/png") == .file)
        #expect(try ItemKind.ofUpload(type: "Image", filename: "a.bin", contentType: nil) == .image)
    }

    @Test(arguments: ["Folder", "Plone Site", "Document", "file", "IMAGE", " File"])
    func aTypeNoUploadCanBecomeIsRefusedNamingThoseItCan(_ type: String) throws {
        let error = try #require(throws: BadRequest.self) {
            try ItemKind.ofUpload(type: type, filename: "a.png", contentType: nil)
        }
        #expect(error.message.contains("'\(type)'"))
        #expect(error.message.contains("File, Image"))
    }

    @Test func onlySiteAndFolderAreFolderishAndOnlyTheOthersHoldBytes() {
        for kind in ItemKind.allCases { #expect(kind.isFolderish == (kind.primaryField == nil)) }
        #expect(ItemKind.file.primaryField == "file")
        #expect(ItemKind.image.primaryField == "image")
    }
}

@Suite struct MediaTypeTests {
    @Test(
        arguments: [
            ("video/mp4", "a.txt", "video/mp4"), (" Text/HTML; Charset=UTF-8 ", nil, "text/html; Charset=UTF-8"),
            (nil, "a.PDF", "application/pdf"), ("", "x.tar.gz", "application/gzip"), (nil, "a.unknown", nil),
            (nil, nil, nil), (nil, "txt", nil), ("nonsense", "a.md", "text/markdown"),
            ("image/*", "a.gif", "image/gif"),
            ("a/b\r\nX-Evil: 1", "a.csv", "text/csv"), ("image/png;,text/html", "a.jpg", "image/jpeg"),
            ("a/b/c", nil, nil), ("/x", nil, nil), ("x/", nil, nil), ("tëxt/plain", nil, nil),
        ] as [(String?, String?, String?)])
    func theGivenTypeThenTheExtensionDecides(_ given: String?, _ name: String?, _ expected: String?) {
        let expected = expected ?? "application/octet-stream"
        #expect(MediaType.resolve(given: given, filename: name) == expected)
    }

    @Test func everyTypeOfTheTableIsWellFormedAndNoExtensionStandsTwice() {
        #expect(MediaType.byExtension.count >= 80)
        for (ending, type) in MediaType.byExtension {
            #expect(MediaType.isWellFormed(type), "\(type)")
            #expect(ending == ending.lowercased() && !ending.contains("."))
        }
        let words = MediaType.table.split(whereSeparator: \.isWhitespace).filter { !$0.contains("/") }
        #expect(words.count == MediaType.byExtension.count)
    }

    @Test func whateverIsGivenTheResultIsASafeHeaderValue() {
        var generator = SeededGenerator(state: 3)
        let pieces = [
            "text", "/", "plain", ";", " ", "charset=", "\"", "\r\n", ",", "ü", "*", "\u{0}", "image/png", "+",
        ]
        for _ in 0..<3000 {
            let type = MediaType.resolve(given: generator.text(of: pieces, upTo: 8), filename: nil)
            #expect(type.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") }, "\(type)")
            #expect(MediaType.resolve(given: type, filename: nil) == type)
        }
    }
}
