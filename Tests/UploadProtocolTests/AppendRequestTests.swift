import HTTPTypes
import Testing
import UploadProtocol

@Suite struct AppendRequestTests {
    static func append(_ fields: HTTPFields) -> Result<AppendRequest, TusError> {
        Result { () throws(TusError) in try AppendRequest(fields) }
    }

    static func plan(_ status: UploadStatus, _ fields: HTTPFields) -> Result<AppendPlan, TusError> {
        Result { () throws(TusError) in try status.plan(AppendRequest(fields)) }
    }

    static let open = UploadStatus(length: 100, offset: 70, state: .open)

    @Test func theExampleOfTheSpecificationIsUnderstood() throws {
        let request = try AppendRequest(patch())
        #expect(request.offset == 70)
        #expect(request.body == .exactly(30))
        #expect(try Self.open.plan(request) == AppendPlan(offset: 70, limit: 30, expected: 30))
    }

    @Test func everyPatchMustBeOffsetOctetStream() {
        for type in [nil, "", "application/octet-stream", "application/offset+octet-stream2", "text/plain", "a/b;"] {
            #expect(Self.append(patch(.contentType, type)).failure?.status.code == 415, "\(type ?? "nil")")
        }
        let twice = patch() + lines([(.contentType, "application/offset+octet-stream")])
        #expect(Self.append(twice).failure?.status.code == 415)
    }

    @Test func theMediaTypeIsComparedWithoutCaseAndParameters() {
        for type in ["APPLICATION/Offset+Octet-Stream", "application/offset+octet-stream; charset=UTF-8"] {
            #expect(Self.append(patch(.contentType, type)).failure == nil, "\(type)")
        }
    }

    @Test(arguments: malformedIntegers)
    func aMalformedUploadOffsetIs400(_ text: String) {
        let error = Self.append(patch(.uploadOffset, text)).failure
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.hasPrefix("Missing or invalid Upload-Offset header") == true)
    }

    @Test func aMissingOrRepeatedUploadOffsetIs400() {
        #expect(Self.append(patch(.uploadOffset, nil)).failure?.code == .invalidHeader)
        #expect(Self.append(patch() + lines([(.uploadOffset, "70")])).failure?.code == .invalidHeader)
    }

    @Test func aMalformedContentLengthIs400() {
        #expect(Self.append(patch(.contentLength, "-30")).failure?.code == .invalidHeader)
    }

    @Test(arguments: ["0", "69", "71", "100", "9223372036854775807"])
    func anOffsetThatIsNotTheCurrentOneIs409WithTheCurrentOne(_ offset: String) {
        let error = Self.plan(Self.open, patch(.uploadOffset, offset)).failure
        #expect(error?.status.code == 409)
        #expect(error?.offset == 70)
        #expect(error?.fields[.uploadOffset] == "70")
    }

    @Test func aBodyPastTheEndIs400BeforeAByteIsRead() {
        for length in ["31", "9223372036854775807"] {
            #expect(Self.plan(Self.open, patch(.contentLength, length)).failure?.code == .tooLong)
        }
    }

    @Test func aWrongOffsetIsTheFirstThingSaidOfABodyThatIsAlsoTooLong() {
        var fields = patch(.contentLength, "1000")
        fields[.uploadOffset] = "0"
        #expect(Self.plan(Self.open, fields).failure?.code == .offsetConflict)
    }

    @Test func aChunkedBodyIsLimitedToWhatIsMissing() throws {
        var fields = patch(.contentLength, nil)
        fields[.transferEncoding] = "chunked"
        #expect(try Self.plan(Self.open, fields).get() == AppendPlan(offset: 70, limit: 30, expected: nil))
    }

    @Test func aPatchWithoutLengthFieldsMayStillBringBytesInHTTP2() throws {
        let plan = try Self.plan(Self.open, patch(.contentLength, nil)).get()
        #expect(plan == AppendPlan(offset: 70, limit: 30, expected: nil))
    }

    @Test(arguments: [UploadStatus.State.complete, .finalized, .failed])
    func repeatingTheLastPatchOfACompleteUploadIsAcceptedAndBringsNothing(_ state: UploadStatus.State) throws {
        let status = UploadStatus(length: 70, offset: 70, state: state)
        let plan = try Self.plan(status, patch(.contentLength, "0")).get()
        #expect(plan == AppendPlan(offset: 70, limit: 0, expected: 0))
        #expect(Self.plan(status, patch(.contentLength, "1")).failure?.code == .tooLong)
    }

    @Test(arguments: UploadStatus.State.allCases)
    func onlyExpiredAndTerminatedUploadsAreGone(_ state: UploadStatus.State) {
        let status = UploadStatus(length: 100, offset: 70, state: state)
        let isGone = state == .expired || state == .terminated
        #expect(Self.plan(status, patch(.uploadOffset, "1")).failure?.code == (isGone ? .gone : .offsetConflict))
        #expect(refusal { () throws(TusError) in try status.checkPresent() }?.status.code == (isGone ? 410 : nil))
    }

    @Test func theLengthMayBeRepeatedButNotChanged() throws {
        #expect(try Self.plan(Self.open, patch(.uploadLength, "100")).get().limit == 30)
        let error = Self.plan(Self.open, patch(.uploadLength, "101")).failure
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.contains("Upload-Length") == true)
        #expect(Self.append(patch(.uploadLength, "x")).failure?.code == .invalidHeader)
    }

    @Test func withoutAKnownLengthOnlyTheOffsetLimits() throws {
        let status = UploadStatus(length: nil, offset: 70, state: .open)
        #expect(try Self.plan(status, patch()).get() == AppendPlan(offset: 70, limit: .max - 70, expected: 30))
    }
}
