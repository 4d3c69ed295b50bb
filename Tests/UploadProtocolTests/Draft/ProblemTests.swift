import HTTPTypes
import Testing
import UploadProtocol

/// Problems of the draft and their fields (§7, RFC 9457).
@Suite struct ProblemTests {
    private let registry = "https://iana.org/assignments/http-problem-types#"

    @Test func theRegisteredTypesHaveTheirStatus() {
        let offset = Problem(.mismatchingOffset(expected: 12, provided: 25, isComplete: false))
        #expect((offset.type, offset.status.code) == (registry + "mismatching-upload-offset", 409))
        #expect(offset.numbers == ["expected-offset": 12, "provided-offset": 25])
        let complete = Problem(.completedUpload)
        #expect((complete.type, complete.status.code) == (registry + "completed-upload", 400))
        for code in [Problem.Code.inconsistentLength, .overlong] {
            let length = Problem(code)
            #expect((length.type, length.status.code) == (registry + "inconsistent-upload-length", 400))
        }
    }

    @Test func everyOtherErrorIsSaidByItsStatus() {
        for error in [TusError.forbidden(), .gone(), .notFound(), .unavailable(), .insufficientStorage()] {
            let problem = Problem(shared: error)
            #expect((problem.type, problem.title) == ("about:blank", error.phrase))
            #expect(problem.status.code == error.status.code)
            #expect(problem.fields(UploadLimits())[.tusResumable] == nil)
        }
        #expect(Problem(shared: .unavailable(retryAfter: 7)).fields(UploadLimits())[.retryAfter] == "7")
    }

    @Test func aResponseAboutTheLimitsTellsThem() {
        for error in [TusError.tooLarge(maximum: 3), .quota()] {
            #expect(Problem(shared: error).fields(UploadLimits(maxSize: 3))[.uploadLimit] == "max-size=3")
        }
        #expect(Problem(.completedUpload).fields(UploadLimits(maxSize: 3))[.uploadLimit] == nil)
    }

    @Test func onlyAFailureOfTheWholeUploadSpeaksForTheTarget() {
        #expect(Problem(.processingFailed).fields(UploadLimits())[.uploadComplete] == "?1")
        let conflict = Problem(.mismatchingOffset(expected: 1, provided: 2, isComplete: false))
        #expect(conflict.fields(UploadLimits())[.uploadComplete] == "?0")
        let late = Problem(.mismatchingOffset(expected: 1, provided: 2, isComplete: true))
        #expect(late.fields(UploadLimits())[.uploadComplete] == nil)
        for problem in [Problem(.completedUpload), Problem(.overlong), Problem(shared: .notFound())] {
            #expect(problem.fields(UploadLimits())[.uploadComplete] == nil)
        }
    }

    @Test func everyProblemIsAProblemDocumentThatNobodyCaches() {
        for problem in [Problem(.overlong), Problem(.contentCoding), Problem(.methodNotAllowed(allowed: "HEAD"))] {
            let fields = problem.fields(UploadLimits())
            #expect(fields[.contentType] == "application/problem+json")
            #expect(fields[.cacheControl] == "no-store")
        }
    }

    @Test func answersSayWhatTheTextDemands() {
        let limits = UploadLimits(maxSize: 9, maxAge: 60)
        let announcement = DraftFields.announcement(location: "/u", limits)
        #expect(announcement[.location] == "/u" && announcement[.uploadLimit] == limits.fieldValue)
        #expect(announcement[.uploadDraftInteropVersion] == "8" && announcement[.uploadOffset] == nil)
        let progress = DraftFields.progress(offset: 5)
        #expect(progress[.uploadOffset] == "5" && progress[.location] == nil)
        #expect(progress[.uploadDraftInteropVersion] == "8")
        let created = DraftFields.created(location: "/u", offset: 0, limits)
        #expect(created[.location] == "/u" && created[.uploadLimit] == limits.fieldValue)
        #expect(created[.uploadComplete] == "?0")
        #expect(DraftFields.appended(offset: 3, limits)[.uploadComplete] == "?0")
        let final = DraftFields.final(offset: 9, item: "/i", finalization: nil)
        #expect(final[.uploadComplete] == "?1" && final[.location] == "/i")
    }

    @Test func anOffsetRetrievalTellsTheState() {
        let limits = UploadLimits(maxAge: 60)
        let open = UploadStatus(length: nil, offset: 3, state: .open)
        let head = DraftFields.head(open, limits, item: nil, finalization: nil)
        #expect(head[.uploadOffset] == "3" && head[.uploadComplete] == "?0" && head[.uploadLength] == nil)
        #expect(head[.uploadLimit] == "max-age=60" && head[.cacheControl] == "no-store")
        let done = UploadStatus(length: 3, offset: 3, state: .complete)
        let last = DraftFields.head(done, limits, item: "/i", finalization: "pending")
        #expect(last[.uploadComplete] == "?1" && last[.uploadLength] == "3" && last[.location] == "/i")
        #expect(last[.uploadFinalization] == "pending")
    }

    @Test func anUploadAtItsLengthIsCompleteOnlyWhenItIsSaidToBe() {
        let part = AppendPlan(offset: 0, limit: 10, expected: 10, completion: .later)
        #expect(!part.completes(at: 10, length: 10, bodyHasEnded: true))
        let last = AppendPlan(offset: 0, limit: 10, expected: nil, completion: .atItsEnd)
        #expect(last.completes(at: 10, length: 10, bodyHasEnded: true))
        #expect(last.completes(at: 7, length: nil, bodyHasEnded: true))
        #expect(!last.completes(at: 10, length: 10, bodyHasEnded: false))
        #expect(!last.completes(at: 7, length: 10, bodyHasEnded: true))
        let tus = AppendPlan(offset: 0, limit: 10, expected: nil)
        #expect(tus.completes(at: 10, length: 10, bodyHasEnded: false))
        #expect(!tus.completes(at: 7, length: nil, bodyHasEnded: true))
    }
}
