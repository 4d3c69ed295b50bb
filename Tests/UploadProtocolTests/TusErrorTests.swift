import HTTPTypes
import Testing

@testable import UploadProtocol

@Suite struct TusErrorTests {
    /// API.md §3, the table of refusals.
    static let table: [(TusError.Code, Int, String)] = [
        (.unsupportedVersion, 412, "Precondition Failed"), (.invalidHeader, 400, "Bad Request"),
        (.tooLong, 400, "Bad Request"), (.badRequest, 400, "Bad Request"),
        (.unsupportedMediaType, 415, "Unsupported Media Type"), (.offsetConflict, 409, "Conflict"),
        (.tooLarge, 413, "Request Entity Too Large"), (.metadataTooLarge, 413, "Request Entity Too Large"),
        (.quota, 413, "Request Entity Too Large"), (.unauthorized, 401, "Unauthorized"),
        (.forbidden, 403, "Forbidden"), (.notFound, 404, "Not Found"), (.gone, 410, "Gone"),
        (.checksumMismatch, 460, "Checksum Mismatch"), (.insufficientStorage, 507, "Insufficient Storage"),
        (.unavailable, 503, "Service Unavailable"),
    ]

    @Test func everyCodeHasTheStatusAndPhraseOfTheContract() {
        #expect(Set(Self.table.map(\.0)) == Set(TusError.Code.allCases))
        for (code, status, phrase) in Self.table {
            let error = TusError(code, "")
            #expect(error.status.code == status)
            #expect(error.status.reasonPhrase == phrase)
            #expect(error.phrase == phrase)
        }
    }

    @Test func everyErrorNamesTheVersionAndForbidsCaching() {
        for code in TusError.Code.allCases {
            let fields = TusError(code, "").fields
            #expect(fields[.tusResumable] == "1.0.0")
            #expect(fields[.cacheControl] == "no-store")
        }
    }

    @Test func extraFieldsComeOnlyWithTheirCode() {
        for code in TusError.Code.allCases {
            let fields = TusError(code, "", offset: 7, retryAfter: 9).fields
            #expect(fields[.tusVersion] == (code == .unsupportedVersion ? "1.0.0" : nil))
            #expect(fields[.uploadOffset] == (code == .offsetConflict ? "7" : nil))
            #expect(fields[.retryAfter] == (code == .unavailable ? "9" : nil))
        }
    }

    @Test func aServiceThatIsAwayAlwaysSaysWhenToRetry() {
        #expect(TusError(.unavailable, "").fields[.retryAfter] == "2")
        #expect(TusError.unavailable(retryAfter: 30).fields[.retryAfter] == "30")
    }

    @Test func theMessagesArePlonesWordsFollowedByWhatIsExpected() {
        #expect(TusError.unsupportedVersion.message == "Unsupported version")
        #expect(TusError.invalidHeader(.uploadLength).message == "Missing or invalid Upload-Length header")
        #expect(TusError.invalidHeader(.uploadOffset, "x").message == "Missing or invalid Upload-Offset header: x")
        #expect(TusError.unsupportedMediaType.message.hasPrefix("Missing or invalid Content-Type header"))
    }

    @Test func everyConstructorMakesItsOwnCode() {
        let errors: [TusError] = [
            .unsupportedVersion, .invalidHeader(.uploadLength),
            .tooLong(length: 1, remaining: 1), .badRequest(""), .unsupportedMediaType, .offsetConflict(current: 0),
            .tooLarge(maximum: 1), .metadataTooLarge, .quota(), .unauthorized(), .forbidden(), .notFound(), .gone(),
            .insufficientStorage(), .unavailable(), .checksumMismatch(.uploadChecksum),
        ]
        #expect(Set(errors.map(\.code)) == Set(TusError.Code.allCases))
    }
}

@Suite struct QuotingTests {
    @Test func whatPrintsStaysAsItIs() {
        #expect(quoted("plain") == "\"plain\"")
        #expect(quoted("größe 日本") == "\"größe 日本\"")
    }

    @Test func nothingCanLeaveTheQuotesOrTheLine() {
        #expect(quoted("a\"b") == "\"a'b\"")
        #expect(quoted("a\r\nb\0\u{1B}[31m") == "\"a\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}[31m\"")
        #expect(quoted("\u{202E}\u{2028}\u{E000}") == "\"\u{FFFD}\u{FFFD}\u{FFFD}\"")
    }

    @Test func longTextIsCutToEightyScalarsHoweverTheyCombine() {
        #expect(quoted(String(repeating: "x", count: 80)) == "\"" + String(repeating: "x", count: 80) + "\"")
        #expect(quoted(String(repeating: "x", count: 81)) == "\"" + String(repeating: "x", count: 79) + "…\"")
        #expect(quoted("e" + String(repeating: "\u{301}", count: 5000)).unicodeScalars.count == 82)
    }
}
