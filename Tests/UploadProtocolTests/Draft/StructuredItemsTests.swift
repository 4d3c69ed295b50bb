import HTTPTypes
import Testing

@testable import UploadProtocol

/// Items of RFC 9651 in the draft's fields.
@Suite struct StructuredItemsTests {
    @Test func booleansAreReadStrictly() {
        #expect(HTTPFields([(.uploadComplete, "?1")]).structuredBoolean(.uploadComplete) == true)
        #expect(HTTPFields([(.uploadComplete, "  ?0 ")]).structuredBoolean(.uploadComplete) == false)
        #expect(HTTPFields([(.uploadComplete, "?1;a=1")]).structuredBoolean(.uploadComplete) == true)
        #expect(HTTPFields().structuredBoolean(.uploadComplete) == nil)
    }

    @Test(arguments: malformedBooleans)
    func whatIsNoBooleanCountsAsAbsent(value: String) {
        #expect(HTTPFields([(.uploadComplete, value)]).structuredBoolean(.uploadComplete) == nil)
    }

    @Test func integersHaveUpToFifteenDigits() {
        #expect(HTTPFields([(.uploadOffset, "0")]).structuredInteger(.uploadOffset) == 0)
        #expect(HTTPFields([(.uploadOffset, "007")]).structuredInteger(.uploadOffset) == 7)
        #expect(
            HTTPFields([(.uploadOffset, "999999999999999")]).structuredInteger(.uploadOffset) == Draft.largestInteger)
    }

    @Test(arguments: malformedStructuredIntegers)
    func whatIsNoNonNegativeIntegerCountsAsAbsent(value: String) {
        #expect(HTTPFields([(.uploadOffset, value)]).structuredInteger(.uploadOffset) == nil)
    }

    @Test func aFieldSentTwiceIsNoItem() {
        let twice = lines([
            (.uploadComplete, "?1"), (.uploadComplete, "?1"), (.uploadOffset, "1"), (.uploadOffset, "1"),
        ])
        #expect(twice.structuredBoolean(.uploadComplete) == nil)
        #expect(twice.structuredInteger(.uploadOffset) == nil)
    }

    @Test func randomBytesNeverDoHarmAndOnlyDigitsAreIntegers() {
        var generator = SeededGenerator(seed: 4)
        let alphabet = Array("0123456789-?.,;= \t\"abcAB:()*@%'\u{7F}é")
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...18, using: &generator)
            let text = String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
            let fields = HTTPFields([(.uploadOffset, text), (.uploadComplete, text)])
            if let number = fields.structuredInteger(.uploadOffset) { #expect(text.contains("\(number)")) }
            if fields.structuredBoolean(.uploadComplete) != nil { #expect(text.contains("?")) }
        }
    }

    @Test func limitsAreADictionaryThatIsNeverEmpty() {
        #expect(UploadLimits().fieldValue == "min-size=0")
        #expect(
            UploadLimits(maxSize: 5, maxAppendSize: 3, maxAge: 60).fieldValue
                == "max-size=5, max-append-size=3, max-age=60")
        #expect(UploadLimits(maxSize: 1_000_000_000_000_000).fieldValue == "min-size=0")
        #expect(UploadLimits(maxSize: 5, maxAge: 9).living(for: -3).fieldValue == "max-size=5, max-age=0")
    }

    @Test(arguments: [
        (nil, false), ("7", false), ("8", true), ("9", false), ("08", true), ("\"8\"", false), ("8.0", false),
    ])
    func only104sOfOurInteropVersionAreSent(version: String?, isUnderstood: Bool) {
        var fields = HTTPFields()
        fields[.uploadDraftInteropVersion] = version
        #expect(Draft.understands104(fields) == isUnderstood)
    }
}

extension HTTPFields {
    /// Fields with each line kept apart.
    init(_ pairs: [(HTTPField.Name, String)]) { self = lines(pairs) }
}
