import HTTPTypes
import Testing

@testable import UploadProtocol

@Suite struct TusTests {
    @Test func onlyVersion100IsProcessed() throws {
        try Tus.checkVersion([.tusResumable: "1.0.0"])
        try Tus.checkVersion([.tusResumable: " 1.0.0\t"])
    }

    @Test(arguments: [[], ["1.0"], ["1.0.1"], ["0.2.2"], [""], ["1.0.0, 1.0.0"], ["1.0.0", "1.0.0"], ["1.0.0", "2"]])
    func anyOtherVersionIs412AndNamesTheOneThatIsSupported(_ values: [String]) {
        let fields = lines(values.map { (.tusResumable, $0) })
        let error = refusal { () throws(TusError) in try Tus.checkVersion(fields) }
        #expect(error?.status.code == 412)
        #expect(error?.fields[.tusVersion] == "1.0.0")
        #expect(error?.fields[.tusResumable] == "1.0.0")
    }

    @Test func aRequestOfTheDraftWhereTusIsSpokenIsToldSo() {
        for fields: HTTPFields in [[.uploadComplete: "?1"], [.uploadDraftInteropVersion: "8"]] {
            let error = refusal { () throws(TusError) in try Tus.checkVersion(fields) }
            #expect(error?.code == .unsupportedVersion)
            #expect(error?.message.contains("an upload of tus goes on with Tus-Resumable: 1.0.0") == true)
        }
        let error = refusal { () throws(TusError) in try Tus.checkVersion([.tusResumable: "2", .uploadComplete: "?1"]) }
        #expect(error == .unsupportedVersion)
    }

    @Test func optionsAnnouncesExactlyWhatWorks() {
        let fields = Tus.optionsFields(UploadLimits(maxSize: 1_073_741_824, maxAge: 60))
        #expect(fields[.tusResumable] == "1.0.0")
        #expect(fields[.tusVersion] == "1.0.0")
        let extensions =
            "creation,creation-with-upload,creation-defer-length,expiration,checksum,checksum-trailer,termination,"
            + "concatenation,concatenation-unfinished"
        #expect(fields[.tusExtension] == extensions)
        #expect(fields[.tusMaxSize] == "1073741824")
        #expect(fields[.uploadLimit] == "max-size=1073741824, max-age=60")
        #expect(fields[.acceptPatch] == "application/partial-upload")
        #expect(fields[.tusChecksumAlgorithm] == "sha1,md5,sha256,sha512,crc32,crc32c")
    }

    @Test func withoutALimitOptionsSaysSo() {
        let fields = Tus.optionsFields(UploadLimits())
        #expect(!fields.contains(.tusMaxSize))
        #expect(fields[.uploadLimit] == "min-size=0")
    }

    @Test func aLimitOfZeroIsALimit() {
        let fields = Tus.optionsFields(UploadLimits(maxSize: 0))
        #expect(fields[.tusMaxSize] == "0")
        #expect(fields[.uploadLimit] == "max-size=0")
    }

    @Test func aLimitThatAStructuredIntegerCannotHoldIsLeftToTusMaxSize() {
        #expect(UploadLimits(maxSize: 999_999_999_999_999).fieldValue == "max-size=999999999999999")
        #expect(UploadLimits(maxSize: 1_000_000_000_000_000).fieldValue == "min-size=0")
        #expect(Tus.optionsFields(UploadLimits(maxSize: .max))[.tusMaxSize] == "9223372036854775807")
    }

    @Test(arguments: ["PATCH", "DELETE", "HEAD", "OPTIONS", "POST", "GET"])
    func postMeansTheMethodOfItsOverride(_ name: String) throws {
        #expect(try Tus.method(of: .post, [.xHTTPMethodOverride: name]).rawValue == name)
    }

    @Test func onlyPostCanBeOverridden() throws {
        for method in [HTTPRequest.Method.get, .head, .options, .patch, .put] {
            #expect(try Tus.method(of: method, [.xHTTPMethodOverride: "DELETE"]) == method)
        }
        #expect(try Tus.method(of: .post, [:]) == .post)
    }

    @Test func anOverrideThatIsNoMethodIs400() {
        for values in [
            ["PA TCH"], [""], ["PATCH", "PATCH"], ["PATCH, DELETE"], ["patch"], ["PUT"], ["TRACE"], ["CONNECT"],
            ["PATCH\r\nX: y"],
        ] {
            let fields = lines(values.map { (.xHTTPMethodOverride, $0) })
            let error = refusal { () throws(TusError) in try Tus.method(of: .post, fields) }
            #expect(error?.code == .invalidHeader, "\(values)")
        }
    }
}
