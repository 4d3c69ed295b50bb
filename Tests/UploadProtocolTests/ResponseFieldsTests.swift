import HTTPTypes
import Testing
import UploadProtocol

@Suite struct ResponseFieldsTests {
    static let item = "https://example.org/plone/media/clip.mp4"
    static let open = UploadStatus(length: 100, offset: 0, state: .open)

    @Test func everyResponseCarriesTusResumable() {
        let all: [HTTPFields] = [
            ResponseFields.created(location: "/u", expires: nil), ResponseFields.appended(offset: 0, expires: nil),
            ResponseFields.head(Self.open, metadata: "", expires: nil), ResponseFields.terminated(),
            Tus.optionsFields(UploadLimits()),
        ]
        for fields in all { #expect(fields[values: .tusResumable] == ["1.0.0"]) }
    }

    @Test func aCreationNamesTheUploadAndItsExpiry() {
        let fields = ResponseFields.created(location: "https://example.org/@upload/1", expires: 1_403_712_000)
        #expect(
            fields == [
                .tusResumable: "1.0.0", .location: "https://example.org/@upload/1",
                .uploadExpires: "Wed, 25 Jun 2014 16:00:00 GMT",
            ])
    }

    @Test func aCreationWithUploadTellsTheOffsetEvenIfItIsZero() {
        #expect(ResponseFields.created(location: "/u", expires: nil, offset: 0)[.uploadOffset] == "0")
        #expect(ResponseFields.created(location: "/u", expires: nil, offset: 5)[.uploadOffset] == "5")
    }

    @Test func aCreationThatCompletesKeepsTheUploadInLocationAndLinksTheItem() {
        let fields = ResponseFields.created(location: "/u", expires: nil, offset: 5, item: Self.item, pending: true)
        #expect(fields[.location] == "/u")
        #expect(fields[.link] == "<\(Self.item)>; rel=\"item\"")
        #expect(fields[.uploadFinalization] == "pending")
        #expect(!fields.contains(.uploadExpires))
    }

    @Test func headAlwaysTellsTheOffsetAndIsNeverCached() {
        let fields = ResponseFields.head(Self.open, metadata: "", expires: 0)
        #expect(
            fields == [
                .tusResumable: "1.0.0", .uploadOffset: "0", .uploadExpires: "Thu, 01 Jan 1970 00:00:00 GMT",
                .cacheControl: "no-store", .uploadLength: "100",
            ])
    }

    @Test func headGivesTheMetadataBackVerbatim() throws {
        let raw = "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential"
        let metadata = try UploadMetadata(parsing: raw)
        #expect(ResponseFields.head(Self.open, metadata: metadata.raw, expires: nil)[.uploadMetadata] == raw)
    }

    @Test func headSaysThatAnUnknownLengthIsDeferred() {
        let status = UploadStatus(length: nil, offset: 3, state: .open)
        let fields = ResponseFields.head(status, metadata: "", expires: nil)
        #expect(fields[.uploadDeferLength] == "1")
        #expect(!fields.contains(.uploadLength))
    }

    @Test func headOfAFinishedUploadNamesTheItem() {
        let status = UploadStatus(length: 100, offset: 100, state: .finalized)
        let fields = ResponseFields.head(status, metadata: "", expires: nil, item: Self.item)
        #expect(fields[.uploadOffset] == "100")
        #expect(fields[.location] == Self.item)
        #expect(!fields.contains(.uploadFinalization))
    }

    @Test func anAppendTellsTheNewOffsetAndTheExpiry() {
        let fields = ResponseFields.appended(offset: 100, expires: 1_403_712_000)
        #expect(fields[.uploadOffset] == "100")
        #expect(fields[.uploadExpires] == "Wed, 25 Jun 2014 16:00:00 GMT")
        #expect(!fields.contains(.location) && !fields.contains(.link))
    }

    @Test func theLastAppendNamesTheItemTwice() {
        let fields = ResponseFields.appended(offset: 100, expires: nil, item: Self.item, pending: true)
        #expect(fields[.location] == Self.item)
        #expect(fields[.link] == "<\(Self.item)>; rel=\"item\"")
        #expect(fields[.uploadFinalization] == "pending")
    }

    @Test func aFailureTellsItsReasonAndNoReasonBreaksOutOfItsField() {
        var fields = HTTPFields()
        ResponseFields.failed(&fields, reason: "part é\u{1F600} is gone\r\nSet-Cookie: x")
        #expect(fields[.uploadFinalization] == "failed")
        #expect(fields[.uploadFailure] == "part ?? is gone??Set-Cookie: x")
        ResponseFields.failed(&fields, reason: String(repeating: "x", count: 5000))
        #expect(fields[.uploadFailure]?.utf8.count == 1000)
        ResponseFields.failed(&fields, reason: nil)
        #expect(fields == [.uploadFinalization: "failed"])
    }

    @Test func noURLCanBreakOutOfItsField() {
        let fields = ResponseFields.appended(offset: 1, expires: nil, item: "/a>; rel=\"x\"\r\nSet-Cookie: é\u{1}")
        #expect(fields[.location] == "/a%3E;%20rel=%22x%22%0D%0ASet-Cookie:%20%C3%A9%01")
        #expect(fields[.link] == "</a%3E;%20rel=%22x%22%0D%0ASet-Cookie:%20%C3%A9%01>; rel=\"item\"")
    }
}
