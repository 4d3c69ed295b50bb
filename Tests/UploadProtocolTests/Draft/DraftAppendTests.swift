import HTTPTypes
import Testing
import UploadProtocol

/// A PATCH that appends in the draft's way (§4.4).
@Suite struct DraftAppendTests {
    private static let open = UploadStatus(length: nil, offset: 70, state: .open)
    private static let measured = UploadStatus(length: 100, offset: 70, state: .open)
    private static let complete = UploadStatus(length: 70, offset: 70, state: .complete)

    private func plan(
        _ fields: HTTPFields, _ upload: UploadStatus = measured, _ limits: UploadLimits = UploadLimits()
    ) throws(Problem) -> AppendPlan {
        try DraftAppend(fields).plan(upload, limits: limits)
    }

    private func refused(
        _ fields: HTTPFields, _ upload: UploadStatus = measured, _ limits: UploadLimits = UploadLimits()
    ) -> Problem? {
        problem { () throws(Problem) in try plan(fields, upload, limits) }
    }

    @Test func aPartIsAppendedAndCompletesNothing() throws {
        #expect(try plan(draftAppend()) == AppendPlan(offset: 70, limit: 30, expected: 30, completion: .later))
    }

    @Test func theLastPartEndsTheUploadAndTellsItsLength() throws {
        let last = try plan(draftAppend(.uploadComplete, "?1"), Self.open)
        #expect(last == AppendPlan(offset: 70, limit: 30, expected: 30, newLength: 100, completion: .atItsEnd))
    }

    @Test func anEmptyLastPartCompletesWhatIsThere() throws {
        var fields = draftAppend(.uploadComplete, "?1")
        fields[.contentLength] = nil
        let last = try plan(fields, Self.open)
        #expect((last.limit, last.expected, last.newLength, last.completion) == (0, 0, 70, .atItsEnd))
    }

    @Test func theLengthMayBeToldByAnAppend() throws {
        var fields = draftAppend(.uploadLength, "100")
        #expect(try plan(fields, Self.open).newLength == 100)
        fields[.uploadLength] = "101"
        #expect(refused(fields)?.code == .inconsistentLength)
        fields[.uploadLength] = "69"
        fields[.contentLength] = nil
        #expect(refused(fields, Self.open)?.code == .inconsistentLength)
    }

    @Test(arguments: malformedStructuredIntegers)
    func aMalformedUploadLengthIsIgnored(value: String) throws {
        #expect(try plan(draftAppend(.uploadLength, value), Self.open).newLength == nil)
    }

    @Test(arguments: malformedStructuredIntegers.map(Optional.some) + [nil])
    func aMissingOrMalformedUploadOffsetIsNamed(value: String?) {
        let error = refused(draftAppend(.uploadOffset, value))
        #expect(error?.status.code == 400)
        #expect(error?.detail.contains("Upload-Offset") == true)
    }

    @Test(arguments: ["", "yes", "1", nil])
    func aMissingOrMalformedUploadCompleteIsNamed(value: String?) {
        let error = refused(draftAppend(.uploadComplete, value))
        #expect(error?.status.code == 400)
        #expect(error?.detail.contains("Upload-Complete") == true)
    }

    @Test(arguments: [nil, "application/octet-stream", "application/offset+octet-stream", "partial-upload", ""])
    func anotherMediaTypeIsRefusedAndTheRightOneNamed(type: String?) {
        let error = refused(draftAppend(.contentType, type))
        #expect(error?.status.code == 415)
        #expect(error?.fields(UploadLimits())[.acceptPatch] == "application/partial-upload")
    }

    @Test func aWrongOffsetIsToldTheRightOne() {
        for upload in [Self.open, Self.measured] {
            let error = refused(draftAppend(.uploadOffset, "71"), upload)
            #expect(error?.code == .mismatchingOffset(expected: 70, provided: 71, isComplete: false))
            #expect(error?.fields(UploadLimits())[.uploadOffset] == "70")
        }
    }

    @Test func contentPastTheLengthIsOverlong() {
        #expect(refused(draftAppend(.contentLength, "31"))?.code == .overlong)
        var last = draftAppend(.contentLength, "31")
        last[.uploadComplete] = "?1"
        #expect(refused(last)?.code == .overlong)
    }

    @Test func aLastPartThatEndsBeforeTheLengthIsInconsistent() {
        var last = draftAppend(.contentLength, "29")
        last[.uploadComplete] = "?1"
        #expect(refused(last)?.code == .inconsistentLength)
    }

    @Test func limitsAreHeldWhateverIsKnownOfTheLength() {
        #expect(refused(draftAppend(), Self.open, UploadLimits(maxSize: 99))?.status.code == 413)
        #expect(refused(draftAppend(), Self.open, UploadLimits(maxSize: 100)) == nil)
        #expect(refused(draftAppend(), Self.measured, UploadLimits(maxAppendSize: 29))?.status.code == 413)
        let limits = UploadLimits(maxSize: 5).fieldValue
        let error = refused(draftAppend(), Self.open, UploadLimits(maxSize: 5))
        #expect(error?.fields(UploadLimits(maxSize: 5))[.uploadLimit] == limits)
    }

    @Test func anOverrunIsBlamedOnWhatItOverran() throws {
        let limits = UploadLimits(maxSize: 1000, maxAppendSize: 50)
        var fields = draftAppend(.contentLength, nil)
        fields[.transferEncoding] = "chunked"
        #expect(limits.overrun(try plan(fields, Self.measured, limits), length: 100).code == .overlong)
        let unknown = try plan(fields, Self.open, limits)
        #expect(unknown.limit == 50)
        #expect(limits.overrun(unknown, length: nil).status.code == 413)
        let wide = UploadLimits(maxSize: 1000)
        #expect(wide.overrun(try plan(fields, Self.open, wide), length: nil).status.code == 413)
    }

    @Test func onlyTheRepetitionOfTheLastAppendIsWelcomeOnACompleteUpload() throws {
        func repetition(_ fields: HTTPFields, hasContent: Bool = false) -> Problem? {
            problem { () throws(Problem) in
                try DraftAppend(fields).checkRepetition(of: Self.complete, hasContent: hasContent)
            }
        }
        var again = draftAppend(.uploadComplete, "?1")
        again[.contentLength] = "0"
        #expect(repetition(again) == nil)
        #expect(repetition(again, hasContent: true)?.code == .inconsistentLength)
        again[.uploadLength] = "71"
        #expect(repetition(again)?.code == .inconsistentLength)
        again[.uploadLength] = nil
        again[.uploadOffset] = "40"
        #expect(repetition(again)?.code == .mismatchingOffset(expected: 70, provided: 40, isComplete: true))
        again[.uploadOffset] = "70"
        again[.uploadComplete] = "?0"
        #expect(repetition(again)?.code == .completedUpload)
    }

    @Test func noPlanEverGoesPastAnyBound() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let offset = Int64.random(in: 0...200, using: &generator)
            let length = Bool.random(using: &generator) ? Int64.random(in: offset...400, using: &generator) : nil
            let limits = UploadLimits(
                maxSize: Bool.random(using: &generator) ? Int64.random(in: 0...400, using: &generator) : nil,
                maxAppendSize: Bool.random(using: &generator) ? Int64.random(in: 0...200, using: &generator) : nil)
            var fields = draftAppend(.uploadOffset, "\(offset)")
            fields[.contentLength] = "\(Int64.random(in: 0...300, using: &generator))"
            fields[.uploadComplete] = Bool.random(using: &generator) ? "?1" : "?0"
            let upload = UploadStatus(length: length, offset: offset, state: .open)
            guard let plan = try? plan(fields, upload, limits) else { continue }
            let end = offset + (plan.expected ?? plan.limit)
            #expect(end <= length ?? .max && end <= limits.maxSize ?? .max)
            #expect(plan.expected ?? 0 <= plan.limit && plan.limit <= limits.maxAppendSize ?? .max)
            if plan.completion == .atItsEnd { #expect(length ?? plan.newLength == end) }
        }
    }
}
