import HTTPTypes
import Testing

@testable import UploadProtocol

/// The filename of a creation: Content-Disposition (RFC 6266, RFC 8187).
@Suite struct DispositionFieldTests {
    private func filename(_ value: String) throws(Problem) -> String? {
        try DispositionField.filename([.contentDisposition: value])
    }

    @Test(arguments: [
        ("inline; filename=\"file name.jpg\"", "file name.jpg"), ("attachment;filename=a.txt", "a.txt"),
        ("inline; filename=\"file name.jpg\"; filename*=UTF-8''file%20name.jpg", "file name.jpg"),
        ("inline; filename=\"e.txt\"; filename*=utf-8'de'%c3%a9.txt", "é.txt"),
        ("inline; filename*=ISO-8859-1''%e9.txt", "é.txt"), ("inline; FileName=\"A.TXT\" ; size=3", "A.TXT"),
        ("inline; filename=\"say \\\"hi\\\".txt\"", "say \"hi\".txt"), ("inline; filename=\"naïve.txt\"", "naïve.txt"),
        ("inline; filename=\"C:\\\\dir\\\\b.txt\"", "b.txt"), ("inline; filename=\"../../etc/passwd\"", "passwd"),
        ("inline; filename*=UTF-8''..%2F..%2Fx.txt", "x.txt"),
    ])
    func theNameIsFoundAndLosesItsFolders(value: String, name: String) throws {
        #expect(try filename(value) == name)
    }

    @Test(arguments: ["inline", "attachment; size=3", "inline;"])
    func aFieldWithoutANameGivesNone(value: String) throws {
        #expect(try filename(value) == nil)
        #expect(try DispositionField.filename([:]) == nil)
    }

    @Test(arguments: [
        "", "; filename=a", "inline filename=a", "inline; filename", "inline; filename=", "inline; filename=\"a",
        "inline; filename=a; filename=b", "inline; filename=\"..\"", "inline; filename=\"\"", "inline; filename=\"a/\"",
        "inline; filename*=a.txt", "inline; filename*=UTF-8''%", "inline; filename*=UTF-8''%ff",
        "inline; filename*=x''a",
        "inline; filename*=UTF-8''a%0Ab", "inline; filename*=UTF-8''%00", "inline, inline",
        "inline; filename=" + String(repeating: "a", count: 256), "inline; a=" + String(repeating: "a", count: 5000),
    ])
    func whatNamesNoFileIsRefusedByName(value: String) {
        let error = problem { () throws(Problem) in try filename(value) }
        #expect(error?.status.code == 400)
        #expect(error?.detail.contains("Content-Disposition") == true)
    }

    @Test func aFieldSentTwiceIsRefused() {
        let twice = lines([(.contentDisposition, "inline; filename=a"), (.contentDisposition, "inline; filename=a")])
        #expect(problem { () throws(Problem) in try DispositionField.filename(twice) } != nil)
    }

    @Test func everyNameThatIsWrittenIsReadAgain() throws {
        var generator = SeededGenerator(seed: 6)
        let alphabet = Array("abcXYZ019 ._-'\"%;=,äß漢🙂")
        for _ in 0..<5_000 {
            let count = Int.random(in: 1...20, using: &generator)
            let name = "n" + String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
            let quotes = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            let digits = name.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(try filename("inline; filename=\"\(quotes)\"") == name)
            #expect(try filename("inline; filename=x; filename*=UTF-8''\(digits)") == name)
        }
    }

    @Test func randomValuesGiveACleanNameOrAnError() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("inlinefilename*=;;\"\"\\\\'%%C3A9UTF-8 \t\u{1}/.é")
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let text = "inline; " + String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
            guard let name = try? filename(text) else { continue }
            #expect(!name.isEmpty && !name.contains("/") && !name.contains("\\") && !Filename.hasControl(name))
        }
    }
}
