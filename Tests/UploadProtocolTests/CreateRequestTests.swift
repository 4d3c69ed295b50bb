import HTTPTypes
import Testing
import UploadProtocol

@Suite struct CreateRequestTests {
    static let octets: HTTPFields = [.uploadLength: "100", .contentType: "application/offset+octet-stream"]

    static func create(
        _ fields: HTTPFields, body: BodyLength = .none, maximumSize: Int64? = nil
    ) -> Result<CreateRequest, TusError> {
        Result { () throws(TusError) in try CreateRequest(fields, body: body, maximumSize: maximumSize) }
    }

    @Test func theExampleOfTheSpecificationIsUnderstood() throws {
        let fields: HTTPFields = [
            .contentLength: "0", .uploadLength: "100",
            .uploadMetadata: "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential",
        ]
        let request = try CreateRequest(fields, body: BodyLength(fields), maximumSize: nil)
        #expect(request.length == 100)
        #expect(request.metadata.filename == "world_domination_plan.pdf")
        #expect(request.metadata["is_confidential"] == [])
        #expect(request.bodyLength == .none)
        #expect(request.plan == nil)
    }

    @Test(arguments: malformedIntegers)
    func aMalformedUploadLengthIs400(_ text: String) {
        let error = Self.create([.uploadLength: text]).failure
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.hasPrefix("Missing or invalid Upload-Length header") == true)
    }

    @Test func aMissingOrRepeatedUploadLengthIs400() {
        #expect(Self.create([:]).failure?.code == .invalidHeader)
        let twice = lines([(.uploadLength, "1"), (.uploadLength, "1")])
        #expect(Self.create(twice).failure?.code == .invalidHeader)
    }

    @Test func aLengthOverTheMaximumIs413AndTheMaximumItselfIsFine() throws {
        #expect(try Self.create([.uploadLength: "10"], maximumSize: 10).get().length == 10)
        let error = Self.create([.uploadLength: "11"], maximumSize: 10).failure
        #expect(error?.status.code == 413)
        #expect(error?.phrase == "Request Entity Too Large")
    }

    @Test func anEmptyUploadIsAnUpload() throws {
        #expect(try Self.create([.uploadLength: "0"], maximumSize: 0).get().length == 0)
    }

    @Test func contentLengthZeroIsNoBodyWhateverItsType() throws {
        let request = try Self.create([.uploadLength: "5", .contentType: "text/plain"], body: .exactly(0)).get()
        #expect(request.bodyLength == .none)
        #expect(request.plan == nil)
    }

    @Test func aBodyGoesToTheImplicitOffsetZero() throws {
        let exact = try Self.create(Self.octets, body: .exactly(5)).get()
        #expect(exact.plan == AppendPlan(offset: 0, limit: 100, expected: 5))
        let chunked = try Self.create(Self.octets, body: .unknown).get()
        #expect(chunked.plan == AppendPlan(offset: 0, limit: 100, expected: nil))
        let whole = try Self.create(Self.octets, body: .exactly(100)).get()
        #expect(whole.plan == AppendPlan(offset: 0, limit: 100, expected: 100))
    }

    @Test func aBodyOfAnotherTypeIs415() {
        for body in [BodyLength.exactly(5), .unknown] {
            for type in [nil, "", "application/octet-stream", "application/partial-upload", "text/plain"] {
                var fields = Self.octets
                fields[.contentType] = type
                #expect(Self.create(fields, body: body).failure?.status.code == 415)
            }
        }
    }

    @Test func aBodyLongerThanTheUploadIs400BeforeAByteIsRead() {
        #expect(Self.create(Self.octets, body: .exactly(101)).failure?.code == .tooLong)
        #expect(Self.create(Self.octets, body: .exactly(.max)).failure?.code == .tooLong)
    }

    @Test func metadataInSeveralLinesIsOneList() throws {
        let fields = lines([(.uploadLength, "1"), (.uploadMetadata, "a YQ=="), (.uploadMetadata, "b Yg==")])
        let request = try Self.create(fields).get()
        #expect(request.metadata.raw == "a YQ==,b Yg==")
        #expect(request.metadata["b"] == [UInt8(ascii: "b")])
    }

    @Test func badMetadataIsRefused() {
        let bad = Self.create([.uploadLength: "1", .uploadMetadata: "filename ***"])
        #expect(bad.failure?.status.code == 400)
        let large = String(repeating: "a", count: UploadMetadata.maximumBytes + 1)
        #expect(Self.create([.uploadLength: "1", .uploadMetadata: large]).failure?.code == .metadataTooLarge)
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
