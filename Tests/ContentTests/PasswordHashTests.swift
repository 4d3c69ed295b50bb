import Foundation
import Testing

@testable import Content

@Suite struct PasswordHashTests {
    @Test func aMadeHashVerifiesItsPasswordOnly() throws {
        let hash = try PasswordHash.make("correct horse")
        #expect(hash.verify("correct horse"))
        #expect(!hash.verify("correct horsf"))
        #expect(!hash.verify("correct hors"))
        #expect(!hash.verify(""))
    }

    @Test func theEncodedFormComesBackEqualAndStillVerifies() throws {
        let hash = try PasswordHash.make("pässwörd")
        #expect(hash.encoded.hasPrefix("scrypt$16384$8$1$"))
        let back = try #require(PasswordHash(encoded: hash.encoded))
        #expect(back == hash)
        #expect(back.verify("pässwörd"))
    }

    @Test func twoHashesOfOnePasswordDiffer() throws {
        #expect(try PasswordHash.make("same").encoded != PasswordHash.make("same").encoded)
    }

    /// RFC 7914 §12, third vector.
    @Test func theVectorOfRFC7914Verifies() throws {
        let bytes: [UInt8] = [
            0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06, 0xcd, 0x81, 0xfd, 0x38, 0xeb,
            0xfd, 0xa8, 0xfb, 0xba, 0x90, 0x4f, 0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2,
            0xd5, 0x43, 0x29, 0x55, 0x61, 0x3f, 0x0f, 0xcf, 0x62, 0xd4, 0x97, 0x05, 0x24, 0x2a, 0x9a, 0xf9,
            0xe6, 0x1e, 0x85, 0xdc, 0x0d, 0x65, 0x1e, 0x40, 0xdf, 0xcf, 0x01, 0x7b, 0x45, 0x57, 0x58, 0x87,
        ]
        let salt = Data("SodiumChloride".utf8).base64EncodedString()
        let encoded = "scrypt$16384$8$1$\(salt)$\(Data(bytes).base64EncodedString())"
        let hash = try #require(PasswordHash(encoded: encoded))
        #expect(hash.verify("pleaseletmein"))
        #expect(!hash.verify("pleaseletmeim"))
    }

    @Test func composedAndDecomposedAccentsAreOnePassword() throws {
        #expect(try PasswordHash.make("caf\u{E9}").verify("cafe\u{301}"))
    }

    @Test(arguments: ["", "a\u{0}", "\u{0}", "line\nbreak", "\u{85}"])
    func emptyAndControlCharactersAreRefused(_ password: String) {
        #expect(throws: BadRequest.self) { try PasswordHash.make(password) }
        #expect(!PasswordHash.unmatchable.verify(password))
    }

    @Test func noPasswordMeetsTheUnmatchable() {
        #expect(!PasswordHash.unmatchable.verify("admin"))
    }

    @Test func theLargestAllowedParametersStillDerive() throws {
        let tail = "$\(Data(count: 16).base64EncodedString())$\(Data(count: 32).base64EncodedString())"
        for parameters in ["2$1$1", "2$16$1", "32768$16$1", "131072$4$1", "4$16$4"] {
            let hash = try #require(PasswordHash(encoded: "scrypt$" + parameters + tail), "\(parameters)")
            #expect(!hash.verify("x"))
        }
    }

    @Test(arguments: [
        "1048576$8$1", "262144$1$1", "16384$1024$1", "16384$8$1000000", "65536$16$1", "16384$17$1", "2$1$5",
        "0$8$1", "1$8$1", "16383$8$1", "16384$0$1", "16384$8$0", "-16384$8$1", "16384$8", "16384$8$1$1",
        "99999999999999999999$8$1", "+16384$8$1", "$8$1", "١٦$8$1",
    ])
    func parametersOutOfBoundsAreRefused(_ parameters: String) {
        let tail = "$\(Data(count: 16).base64EncodedString())$\(Data(count: 32).base64EncodedString())"
        #expect(PasswordHash(encoded: "scrypt$" + parameters + tail) == nil)
    }

    @Test(arguments: [
        "", "$", "scrypt", "scrypt$$$$$", "bcrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAA==",
        "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$", "scrypt$16384$8$1$$AAAAAAAAAAAAAAAAAAAAAA==",
        "scrypt$16384$8$1$AAAA$AAAAAAAAAAAAAAAAAAAAAA==", "scrypt$16384$8$1$!!!!$AAAAAAAAAAAAAAAAAAAAAA==",
        "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAA",
    ])
    func malformedFormsAreRefused(_ encoded: String) {
        #expect(PasswordHash(encoded: encoded) == nil)
    }

    @Test func itsDescriptionShowsNeitherSaltNorHash() throws {
        let hash = try PasswordHash.make("secret")
        let parts = hash.encoded.split(separator: "$")
        for shown in ["\(hash)", String(reflecting: hash)] {
            #expect(!shown.contains(parts[4]))
            #expect(!shown.contains(parts[5]))
        }
    }
}
