import Testing

@testable import Front

@Suite struct AcceptFieldTests {
    @Test(arguments: [
        "text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "TEXT/HTML ; q=0.5",
        "application/json;q=0.5, text/html", "text/html, application/json", "text/html;q=x",
    ])
    func aBrowserWantsAPage(value: String) {
        #expect(AcceptField(value).wantsPage)
    }

    @Test(arguments: [
        nil, "", "*/*", "application/json", "text/*", "text/html;q=0", "text/html;q=0.5, application/json", ",;,=",
    ])
    func aProgramGetsJSON(value: String?) {
        #expect(!AcceptField(value).wantsPage)
    }
}
