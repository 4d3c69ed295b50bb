import HTTPTypes
import Testing
import UploadProtocol

@Suite struct BodyLengthTests {
    @Test func theFieldsTellTheSize() throws {
        #expect(try BodyLength([:]) == .none)
        #expect(try BodyLength([.contentLength: "0"]) == .exactly(0))
        #expect(try BodyLength([.contentLength: "30"]) == .exactly(30))
        #expect(try BodyLength([.contentLength: "9223372036854775807"]) == .exactly(.max))
        #expect(try BodyLength([.transferEncoding: "chunked"]) == .unknown)
        #expect(try BodyLength([.transferEncoding: "Chunked"]) == .unknown)
    }

    @Test(arguments: malformedIntegers)
    func aMalformedContentLengthIs400(_ text: String) {
        let error = refusal { () throws(TusError) in try BodyLength([.contentLength: text]) }
        #expect(error?.code == .invalidHeader)
        #expect(error?.message.hasPrefix("Missing or invalid Content-Length header") == true)
    }

    @Test func framingThatTwoServersCouldReadDifferentlyIs400() {
        let ambiguous: [[(HTTPField.Name, String)]] = [
            [(.contentLength, "5"), (.contentLength, "5")], [(.contentLength, "5"), (.transferEncoding, "chunked")],
            [(.transferEncoding, "gzip, chunked")], [(.transferEncoding, "identity")], [(.transferEncoding, "")],
            [(.transferEncoding, "chunked"), (.transferEncoding, "chunked")],
        ]
        for fields in ambiguous {
            let error = refusal { () throws(TusError) in try BodyLength(lines(fields)) }
            #expect(error?.code == .invalidHeader, "\(fields)")
        }
    }
}
