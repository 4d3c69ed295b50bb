import Foundation
import TestSupport
import Testing

@testable import Content

@Suite struct BasicCredentialsTests {
    private func header(_ pair: String) -> String { "Basic " + Data(pair.utf8).base64EncodedString() }

    /// RFC 7617 §2 and §2.1.
    @Test func theExamplesOfRFC7617AreRead() throws {
        let aladdin = try #require(try BasicCredentials(authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))
        #expect(aladdin.user == "Aladdin" && aladdin.password == "open sesame")
        let test = try #require(try BasicCredentials(authorization: "Basic dGVzdDoxMjPCow=="))
        #expect(test.user == "test" && test.password == "123£")
    }

    @Test func theFirstColonSplitsEvenBeforeACombiningMark() throws {
        let many = try #require(try BasicCredentials(authorization: header("anna:a:b:")))
        #expect(many.user == "anna" && many.password == "a:b:")
        let mark = try #require(try BasicCredentials(authorization: header("anna:\u{301}x")))
        #expect(mark.user == "anna" && mark.password == "\u{301}x")
        let empty = try #require(try BasicCredentials(authorization: header(":")))
        #expect(empty.user == "" && empty.password == "")
    }

    @Test func theSchemeIsReadInAnyCaseAndWithMoreSpaces() throws {
        #expect(try BasicCredentials(authorization: "bASIC   YTpi ")?.password == "b")
    }

    @Test(arguments: [nil, "", "Bearer abc", "Basically YTpi", "Digest username=\"a\""] as [String?])
    func absentAndOtherSchemesAreNil(_ field: String?) throws {
        #expect(try BasicCredentials(authorization: field) == nil)
    }

    @Test(arguments: ["Basic", "Basic ", "Basic !!!!", "Basic YTpi YTpi", "Basic YWI=", "Basic /w==", "Basic Ov8="])
    func malformedOnesThrow(_ field: String) {
        #expect(throws: BasicCredentials.Malformed.self) { try BasicCredentials(authorization: field) }
    }

    @Test(arguments: ["an\u{0}na:x", "anna:x\n", "anna:\u{85}", "\u{7F}:x"])
    func controlCharactersThrow(_ pair: String) {
        #expect(throws: BasicCredentials.Malformed.self) { try BasicCredentials(authorization: header(pair)) }
    }

    @Test func thePasswordIsNotInTheDescription() throws {
        let credentials = try #require(try BasicCredentials(authorization: header("anna:hunter2")))
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("hunter2"))
    }

    @Test func garbageIsNilOrThrowsAndNeverTraps() {
        var generator = SeededGenerator(state: 6)
        for round in 0..<5000 {
            let bytes = generator.bytes(upTo: 40)
            let text =
                round % 2 == 0 ? String(decoding: bytes, as: UTF8.self) : Data(bytes).base64EncodedString()
            let credentials = try? BasicCredentials(authorization: "Basic " + text)
            if let credentials { #expect(!credentials.user.utf8.contains(UInt8(ascii: ":"))) }
            _ = try? BasicCredentials(authorization: String(decoding: bytes, as: UTF8.self))
        }
    }
}
