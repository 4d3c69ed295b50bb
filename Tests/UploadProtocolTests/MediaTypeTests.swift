import Testing
import UploadProtocol

@Suite struct MediaTypeTests {
    @Test(arguments: [
        "image/png", "application/vnd.oasis.opendocument.text", "text/plain;charset=utf-8",
        "text/plain ; charset=utf-8",
        "multipart/mixed; boundary=\"a;b \\\" c\"", "text/plain;", "text/plain; ;", "x/y; a=1; b=2",
        "Application/X-Foo",
    ])
    func aWellFormedMediaTypeIsKeptAsItIs(_ text: String) {
        #expect(MediaType(text)?.text == text)
    }

    @Test(arguments: [
        "", "/", "image", "image/", "/png", "image/png/x", "image /png", "image/ png", "image/png x", "image/png, a/b",
        "text/plain; charset", "text/plain; charset=", "text/plain; =x", "text/plain; a = b", "text/plain; a=\"b",
        "text/plain; a=\"b\\", "text/plain\r\nSet-Cookie: x=1", "text/plain; a=\"\r\n\"", "text/html\0", "té/xt",
        "text/plain; a=\"é\"", "a/" + String(repeating: "b", count: 254),
    ])
    func anythingElseIsNotAMediaType(_ text: String) {
        #expect(MediaType(text) == nil)
    }

    @Test func theEssenceIsLowerCaseWithoutParameters() {
        #expect(MediaType(" Text/HTML; Charset=X ")?.essence == "text/html")
    }
}
