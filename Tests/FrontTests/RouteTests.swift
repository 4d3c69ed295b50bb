import Testing

@testable import Front

/// What a path means.
@Suite struct RouteTests {
    @Test func theRootAndFoldersAreContent() {
        #expect(Route("/")?.path == [])
        #expect(Route("/")?.endpoint == .content)
        #expect(Route("/plone/folder")?.path == ["plone", "folder"])
    }

    @Test(arguments: ["@upload", "@tus-upload"])
    func uploadsAreMadeAndFoundBelowAFolder(name: String) {
        #expect(Route("/plone/\(name)")?.endpoint == .upload(name: name, id: nil))
        #expect(Route("/plone/\(name)/0f")?.endpoint == .upload(name: name, id: "0f"))
        #expect(Route("/plone/\(name)/0f")?.path == ["plone"])
        #expect(Route("/plone/\(name)/0f/more")?.endpoint == .unknown(name))
    }

    @Test(arguments: ["@upload-replace", "@tus-replace"])
    func filesAreReplacedBelowAnItem(name: String) {
        #expect(Route("/a.txt/\(name)")?.endpoint == .replace(name: name))
    }

    @Test func downloadsHaveAFieldAndMayHaveAName() {
        #expect(Route("/a.txt/@@download/file")?.endpoint == .download(.attachment))
        #expect(Route("/a.txt/@@download/file/a.txt")?.endpoint == .download(.attachment))
        #expect(Route("/a.txt/@@display-file/file")?.endpoint == .download(.display))
        #expect(Route("/a.png/@@images/image")?.endpoint == .download(.image))
    }

    @Test func doubledAndTrailingSlashesCountForNothing() {
        #expect(Route("//plone///folder/")?.path == ["plone", "folder"])
        #expect(Route("/plone/@upload/")?.endpoint == .upload(name: "@upload", id: nil))
    }

    @Test func apiTraversalIsLeftOutAndRemembered() {
        #expect(Route("/++api++/plone")?.path == ["plone"])
        #expect(Route("/++api++/plone")?.api == 0)
        #expect(Route("/plone/++api++/a/@upload")?.path == ["plone", "a"])
        #expect(Route("/plone/%2B%2Bapi%2B%2B/a/@upload")?.api == 1)
        #expect(Route("/a/++api++/b/++api++")?.path == ["a", "b"])
        #expect(Route("/plone")?.api == nil)
        #expect(Route("/plone/@upload/++api++")?.endpoint == .upload(name: "@upload", id: "++api++"))
    }

    @Test func anEncodedSlashMakesNoSegment() {
        #expect(Route("/a%2Fb")?.path == ["a/b"])
        #expect(Route("/caf%C3%A9")?.path == ["café"])
        #expect(Route("/%40upload/x")?.endpoint == .upload(name: "@upload", id: "x"))
    }

    @Test func aByteOrderMarkIsPartOfItsName() {
        #expect(Route("/a/%EF%BB%BF")?.path == ["a", "\u{FEFF}"])
        #expect(Route("/\u{FEFF}@upload")?.endpoint == .content)
    }

    @Test func anAccentBehindASlashOrAnAtSignHidesNeither() {
        #expect(Route("/a/\u{301}b")?.path == ["a", "\u{301}b"])
        #expect(Route("/a/@\u{301}b")?.path == ["a"])
    }

    @Test(arguments: ["/..", "/a/../b", "/.", "/a%00b", "/a%0Ab", "/%zz", "/%ff", "/%2e%2e/x"])
    func whatCannotBeANameIsRefused(path: String) {
        #expect(Route(path) == nil)
    }
}
