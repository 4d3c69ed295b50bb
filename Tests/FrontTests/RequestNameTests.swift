import HTTPTypes
import Testing
import UploadProtocol

@testable import Front

/// What the log calls a request.
@Suite struct RequestNameTests {
    @Test(arguments: [
        "a", "550e8400-e29b-41d4-a716-446655440000", "1-67891233-abcdef012345678912345678", "a_b.c~d/e+f=:@",
    ])
    func aPlainIDIsTakenOver(id: String) {
        #expect(RequestID.of([.xRequestID: id]) == id)
    }

    @Test(arguments: ["", "a b", "a\tb", "é", "a\"b", "a;b", "a,b", "\u{202E}", String(repeating: "a", count: 129)])
    func anyOtherIsReplaced(id: String) {
        #expect(RequestID.of([.xRequestID: id]).wholeMatch(of: /[0-9a-f]{32}/) != nil)
    }

    @Test func withoutOneOrWithTwoThereIsOneOfOurOwn() {
        var two = HTTPFields()
        two.append(HTTPField(name: .xRequestID, value: "a"))
        two.append(HTTPField(name: .xRequestID, value: "b"))
        for fields in [[:], two] { #expect(RequestID.of(fields).utf8.count == 32) }
        #expect(RequestID.of([:]) != RequestID.of([:]))
    }

    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    @Test(arguments: [
        "00-\(trace)-\(span)-01", "cc-\(trace)-\(span)-00-what-the-future-brings", "cc-\(trace)-\(span)-00",
    ])
    func aTraceIsTakenOver(value: String) {
        let parent = TraceParent([.traceparent: value])
        #expect(parent?.trace == Self.trace && parent?.span == Self.span)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "ff-\(trace)-\(span)-01", "00-\(trace)-\(span)-01-more",
        "0-\(trace)-\(span)-01",
        "00-\(trace.uppercased())-\(span)-01", "00-\(trace)0-\(span)-01", "00-\(trace)-\(span)-1",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01", "cc-\(trace)-\(span)-0x",
        "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01",
    ])
    func aMalformedOneIsIgnored(value: String) {
        #expect(TraceParent([.traceparent: value]) == nil)
    }

    @Test func thePathIsInASCIIAndNotLong() {
        #expect(LoggedPath.of("/a%20b/c") == "/a%20b/c")
        #expect(LoggedPath.of("/é\n\"") == "/%C3%A9%0A\"")
        #expect(LoggedPath.of(String(repeating: "a", count: 5000)).utf8.count <= LoggedPath.mostBytes + 3)
    }

    @Test(arguments: [("GET", "GET"), ("PATCH", "PATCH"), ("PROPFIND", "other"), ("get", "other"), ("x1", "other")])
    func methodsAreFew(name: String, label: String) {
        #expect(RequestKind.Method(name).rawValue == label)
    }
}
