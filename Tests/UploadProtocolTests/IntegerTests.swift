import HTTPTypes
import Testing

@testable import UploadProtocol

@Suite struct IntegerTests {
    @Test func everyNonNegative63BitIntegerIsReadBack() {
        var generator = SeededGenerator(seed: 1)
        let edges: [Int64] = [0, 1, 9, 10, 99, 100, .max - 1, .max]
        let random = (0..<2000).map { _ in
            Int64.random(in: 0...(.max >> Int64.random(in: 0..<62, using: &generator)), using: &generator)
        }
        for number in edges + random {
            #expect(decimalInteger(String(number)) == number)
            #expect(decimalInteger("000\(number)") == number)
        }
    }

    @Test func allShortStringsAreIntegersExactlyIfTheyAreDigits() {
        let alphabet = Array("019-+ ,.a")
        var texts = [""]
        for _ in 0..<3 { texts += texts.flatMap { text in alphabet.map { text + String($0) } } }
        for text in texts {
            let isDigits = !text.isEmpty && text.allSatisfy { "0123456789".contains($0) }
            #expect(decimalInteger(text) == (isDigits ? Int64(text) : nil), "\(text)")
        }
    }

    @Test func numbersJustPast63BitsAreRefused() {
        for text in ["9223372036854775808", "9223372036854775809", "9223372036854775817", "92233720368547758070"] {
            #expect(decimalInteger(text) == nil, "\(text)")
        }
    }

    @Test func whiteSpaceAroundAFieldValueIsNotPartOfIt() throws {
        #expect(try lines([(.uploadOffset, " \t12\t ")]).byteCount(.uploadOffset) == 12)
        #expect(trimmingOWS("\u{A0}1") == "\u{A0}1")
        #expect(trimmingOWS(" \t ") == "")
    }

    @Test func aFieldSentTwiceIsRefusedEvenIfBothAgree() {
        let fields = lines([(.uploadOffset, "1"), (.uploadOffset, "1")])
        #expect(refusal { () throws(TusError) in try fields.byteCount(.uploadOffset) }?.code == .invalidHeader)
    }

    @Test func anAbsentFieldIsNoErrorUntilItIsRequired() throws {
        #expect(try HTTPFields().byteCount(.uploadLength) == nil)
        let error = refusal { () throws(TusError) in try HTTPFields().requiredByteCount(.uploadLength) }
        #expect(error?.message.hasPrefix("Missing or invalid Upload-Length header") == true)
    }
}
