import HTTPTypes
import Testing
import UploadProtocol

/// Which dialect a request speaks (API.md §4).
@Suite struct DialectTests {
    @Test func tusResumableSpeaksTusWhateverElseIsThere() {
        #expect(Dialect.ofCreation([.tusResumable: "1.0.0", .uploadComplete: "?1"]) == .tus)
        #expect(Dialect.ofCreation([.tusResumable: "nonsense", .uploadComplete: "?1"]) == .tus)
        #expect(Dialect.named(by: [.tusResumable: "", .uploadComplete: "?1"]) == .tus)
    }

    @Test(arguments: ["?1", "?0", "yes", ""])
    func uploadCompleteWithoutItSpeaksTheDraft(value: String) {
        #expect(Dialect.ofCreation([.uploadComplete: value]) == .draft)
    }

    @Test func aCreationWithNeitherIsLeftToTusToRefuse() {
        #expect(Dialect.ofCreation([:]) == .tus)
        #expect(Dialect.ofCreation([.uploadDraftInteropVersion: "8"]) == .tus)
    }

    @Test func anUploadsOwnDialectCountsWhereTheRequestNamesNone() {
        #expect(Dialect.named(by: [.uploadComplete: "?1"]) == nil)
    }

    @Test func onlyWhoShowsTheDraftGetsItsFormOfANotFound() {
        #expect(Dialect.seemsDraft([.uploadDraftInteropVersion: "8"]))
        #expect(Dialect.seemsDraft([.uploadComplete: "?0"]))
        #expect(!Dialect.seemsDraft([:]))
        #expect(!Dialect.seemsDraft([.tusResumable: "1.0.0", .uploadComplete: "?0"]))
    }
}
