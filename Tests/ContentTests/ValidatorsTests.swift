import Testing

@testable import Content

@Suite struct ValidatorsTests {
    let validators = Validators(etag: "\"abc\"", lastModified: 1000)

    private func outcome(
        _ match: String? = nil, none: String? = nil, since: Int64? = nil, unmodified: Int64? = nil, isRead: Bool = true
    ) -> Validators.Outcome {
        validators.evaluate(
            ifMatch: match, ifNoneMatch: none, ifModifiedSince: since, ifUnmodifiedSince: unmodified, isRead: isRead)
    }

    @Test func withoutConditionsItProceeds() { #expect(outcome() == .proceed) }

    @Test func ifMatchComparesStrongly() {
        for field in ["\"abc\"", "*", " * ", "\"x\", \"abc\"", "\"x\",,\"abc\" ,", "\"a,b\", \"abc\""] {
            #expect(outcome(field) == .proceed, "\(field)")
        }
        for field in ["\"x\"", "W/\"abc\"", "", "abc", "\"abc", "*, \"x\"", "\"abc\"\"x\"", "\"ABC\"", "w/\"abc\""] {
            #expect(outcome(field) == .preconditionFailed, "\(field)")
        }
    }

    @Test func ifNoneMatchComparesWeaklyAndIsNotModifiedOnlyForReads() {
        for field in ["\"abc\"", "W/\"abc\"", "*", "\"x\", W/\"abc\""] {
            #expect(outcome(none: field) == .notModified, "\(field)")
            #expect(outcome(none: field, isRead: false) == .preconditionFailed, "\(field)")
        }
        for field in ["\"x\"", "", "abc", "\"ab\"", "\"a,bc\"", "\"a b\""] {
            #expect(outcome(none: field) == .proceed, "\(field)")
        }
    }

    @Test func datesDecideToTheSecond() {
        #expect(outcome(since: 999) == .proceed)
        #expect(outcome(since: 1000) == .notModified)
        #expect(outcome(since: 1000, isRead: false) == .proceed)
        #expect(outcome(unmodified: 999) == .preconditionFailed)
        #expect(outcome(unmodified: 1000) == .proceed)
    }

    @Test func entityTagsOverruleDatesInTheOrderOfSection13() {
        #expect(outcome("\"abc\"", unmodified: 1) == .proceed)
        #expect(outcome(none: "\"x\"", since: 2000) == .proceed)
        #expect(outcome("\"x\"", none: "\"abc\"") == .preconditionFailed)
        #expect(outcome("\"abc\"", none: "\"abc\"") == .notModified)
        #expect(outcome(none: "\"abc\"", unmodified: 1) == .preconditionFailed)
    }

    @Test func aRangeIsAllowedOnlyForExactlyThisRepresentation() {
        #expect(validators.allowsRange(ifRange: nil, parsedDate: nil))
        #expect(validators.allowsRange(ifRange: "\"abc\"", parsedDate: nil))
        #expect(validators.allowsRange(ifRange: "Thu, 01 Jan 1970 00:16:40 GMT", parsedDate: 1000))
        for field in ["W/\"abc\"", "\"x\"", "\"abc\", \"x\"", "\"abc", "*", "", "nonsense"] {
            #expect(!validators.allowsRange(ifRange: field, parsedDate: nil), "\(field)")
        }
        for date: Int64 in [999, 1001] { #expect(!validators.allowsRange(ifRange: "a date", parsedDate: date)) }
    }

    @Test func aWeakTagOfOurOwnNeverMatchesStrongly() {
        let weak = Validators(etag: "W/\"abc\"", lastModified: 0)
        #expect(!weak.allowsRange(ifRange: "\"abc\"", parsedDate: nil))
        #expect(!weak.allowsRange(ifRange: "W/\"abc\"", parsedDate: nil))
    }
}
