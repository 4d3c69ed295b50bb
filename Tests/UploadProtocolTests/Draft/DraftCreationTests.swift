import Digests
import HTTPTypes
import Testing
import UploadProtocol

/// A POST that creates an upload in the draft's way (§4.2).
@Suite struct DraftCreationTests {
    private let none = UploadLimits()

    private func refused(_ fields: HTTPFields, _ limits: UploadLimits = UploadLimits()) -> Problem? {
        problem { () throws(Problem) in try DraftCreation(fields, limits: limits) }
    }

    @Test func aWholeUploadInOneRequestKnowsItsLengthAndEndsWithItsBody() throws {
        let creation = try DraftCreation(draftCreation(), limits: none)
        #expect(creation.isComplete && creation.length == 30)
        #expect(creation.filename == "a.txt" && creation.contentType == "text/plain")
        #expect(creation.plan == AppendPlan(offset: 0, limit: 30, expected: 30, completion: .atItsEnd))
    }

    @Test func aPartIsFollowedByOthersAndTheLengthMayBeUnknown() throws {
        let creation = try DraftCreation(draftCreation(.uploadComplete, "?0"), limits: none)
        #expect(creation.length == nil)
        let plan = try #require(creation.plan)
        #expect((plan.limit, plan.expected, plan.completion) == (Draft.largestInteger, 30, .later))
    }

    @Test func withoutContentNothingIsReadUnlessItIsAllThereIs() throws {
        var fields = draftCreation(.contentLength, nil)
        let empty = try DraftCreation(fields, limits: none)
        #expect(empty.length == 0)
        #expect(empty.plan == AppendPlan(offset: 0, limit: 0, expected: 0, completion: .atItsEnd))
        fields[.uploadComplete] = "?0"
        fields[.uploadLength] = "70"
        let begun = try DraftCreation(fields, limits: none)
        #expect(begun.plan == nil && begun.length == 70)
    }

    @Test func aChunkedBodyTellsItsLengthByItsEnd() throws {
        var fields = draftCreation(.contentLength, nil)
        fields[.transferEncoding] = "chunked"
        let creation = try DraftCreation(fields, limits: UploadLimits(maxSize: 100))
        #expect(creation.length == nil)
        #expect(creation.plan == AppendPlan(offset: 0, limit: 100, expected: nil, completion: .atItsEnd))
    }

    @Test(arguments: malformedBooleans)
    func aMalformedUploadCompleteIsNamed(value: String) {
        let error = refused(draftCreation(.uploadComplete, value))
        #expect(error?.status.code == 400)
        #expect(error?.detail.contains("Upload-Complete") == true)
    }

    @Test(arguments: malformedStructuredIntegers)
    func aMalformedUploadLengthIsIgnored(value: String) throws {
        #expect(try DraftCreation(draftCreation(.uploadLength, value), limits: none).length == 30)
    }

    @Test func bothIndicatorsOfTheLengthMustAgree() throws {
        #expect(try DraftCreation(draftCreation(.uploadLength, "30"), limits: none).length == 30)
        for length in ["29", "31", "0"] {
            #expect(refused(draftCreation(.uploadLength, length))?.code == .inconsistentLength)
        }
    }

    @Test func contentBeyondTheLengthIsRefused() {
        var fields = draftCreation(.uploadComplete, "?0")
        fields[.uploadLength] = "29"
        #expect(refused(fields)?.code == .overlong)
    }

    @Test func limitsAreHeld() {
        #expect(refused(draftCreation(), UploadLimits(maxSize: 29))?.status.code == 413)
        #expect(refused(draftCreation(), UploadLimits(maxSize: 30)) == nil)
        #expect(refused(draftCreation(), UploadLimits(maxAppendSize: 29))?.status.code == 413)
        #expect(refused(draftCreation(), UploadLimits(maxAppendSize: 30)) == nil)
        #expect(refused(draftCreation(.uploadComplete, "?0"), UploadLimits(maxSize: 29))?.status.code == 413)
    }

    @Test(
        arguments: [
            ("sha-256=10, sha-512=3", [.sha256]), ("sha-256=1, sha-512=3", [.sha512]), ("sha-512=10", [.sha512]),
            ("sha-256=5, sha-512=5", [.sha256]), ("md5=10, sha-256=1", [.sha256]), ("sha-256=0, md5=10", []),
            ("sha-256", []), ("sha-256=11", []), ("sha-256=1.5", []), ("sha-256=-1", []), ("sha-256=1,", []), ("", []),
        ] as [(String, [DigestAlgorithm])])
    func ofTheWantedDigestsTheMostPreferredIsMade(value: String, algorithms: [DigestAlgorithm]) throws {
        #expect(try DraftCreation(draftCreation(.wantReprDigest, value), limits: none).wanted == algorithms)
    }

    @Test func codedContentIsRefused() {
        #expect(refused(draftCreation(.contentEncoding, "gzip"))?.code == .contentCoding)
        #expect(refused(draftCreation(.contentEncoding, "Identity")) == nil)
    }

    @Test(arguments: ["text", "text/plain; charset", "text/plain, text/html", "a b/c"])
    func aMalformedContentTypeIsNamed(value: String) {
        #expect(refused(draftCreation(.contentType, value))?.detail.contains("Content-Type") == true)
    }

    @Test func smuggledLengthsAreRefused() {
        #expect(refused(draftCreation(.transferEncoding, "chunked"))?.status.code == 400)
        #expect(refused(draftCreation(.contentLength, "3,3"))?.status.code == 400)
        #expect(refused(draftCreation(.contentLength, "9223372036854775807"))?.status.code == 413)
    }
}
