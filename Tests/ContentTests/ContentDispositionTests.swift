import Foundation
import TestSupport
import Testing

@testable import Content

@Suite struct ContentDispositionTests {
    @Test(arguments: [
        ("clip 1.mp4", #"attachment; filename="clip 1.mp4"; filename*=UTF-8''clip%201.mp4"#),
        ("Ü.pdf", #"attachment; filename="U.pdf"; filename*=UTF-8''%C3%9C.pdf"#),
        ("👍.png", #"attachment; filename="_.png"; filename*=UTF-8''%F0%9F%91%8D.png"#),
        (#"a"b.txt"#, #"attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt"#),
        (#"..\a/b"#, #"attachment; filename=".._a_b"; filename*=UTF-8''.._a_b"#),
        ("50%41.txt", #"attachment; filename="50_41.txt"; filename*=UTF-8''50%2541.txt"#),
        ("a\r\nSet-Cookie: x", #"attachment; filename="a__Set-Cookie: x"; filename*=UTF-8''a__Set-Cookie%3A%20x"#),
        ("\u{202E}gpj.exe", #"attachment; filename="_gpj.exe"; filename*=UTF-8''_gpj.exe"#),
        ("", #"attachment; filename="download"; filename*=UTF-8''download"#),
        ("it's;(1)*.txt", #"attachment; filename="it's;(1)*.txt"; filename*=UTF-8''it%27s%3B%281%29%2A.txt"#),
    ])
    func theHeaderGivesBothForms(_ filename: String, _ header: String) {
        #expect(ContentDisposition.attachment(filename: filename) == header)
        #expect(ContentDisposition.inline(filename: filename) == "inline" + header.dropFirst("attachment".count))
    }

    @Test func aLongNameIsCutAndKeepsItsExtension() throws {
        let name = String(repeating: "日本", count: 3000) + ".docx"
        let header = ContentDisposition.attachment(filename: name)
        let encoded = try #require(header.components(separatedBy: "UTF-8''").last?.removingPercentEncoding)
        #expect(encoded.hasSuffix("日.docx") || encoded.hasSuffix("本.docx"))
        #expect((250...255).contains(encoded.utf8.count))
        #expect(header.utf8.count < 4096)
    }

    @Test func nothingInAFilenameBreaksOutOfTheHeader() throws {
        var generator = SeededGenerator(state: 4)
        let pieces = [
            "a", "\"", "\\", ";", "\r", "\n", "\r\n", "\u{0}", "ü", "語", "👍", "%", "'", "*", "/", "\u{301}", "\u{85}",
        ]
        for _ in 0..<3000 {
            let name = generator.text(of: pieces, upTo: 10)
            let header = ContentDisposition.attachment(filename: name)
            let parts = header.components(separatedBy: "\"")
            try #require(parts.count == 3, "\(header)")
            #expect(!parts[1].isEmpty && !parts[1].contains("\\"))
            #expect(header.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            let tail = try #require(parts[2].components(separatedBy: "UTF-8''").last)
            #expect(tail.utf8.allSatisfy { !" \"';,\\()".utf8.contains($0) }, "\(tail)")
        }
    }

    @Test(arguments: [
        "image/gif", "image/jpeg", "IMAGE/PNG", "image/webp", "image/x-icon", "image/jp2", "text/plain",
        "text/plain; charset=utf-8", "application/pdf",
    ])
    func theShortListIsSafeInline(_ type: String) { #expect(ContentDisposition.isSafeInline(type)) }

    @Test(arguments: [
        "image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "text/javascript", "text/css", "", "image",
        "image/png, text/html", "image/png;,text/html", "image/png\r\n", "text/plain/", "multipart/x-mixed-replace",
    ])
    func everythingElseIsNot(_ type: String) { #expect(!ContentDisposition.isSafeInline(type)) }
}
