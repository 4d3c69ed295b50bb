import HTTPTypes
import Testing

@testable import Front

/// Which base the absolute URLs have.
@Suite struct PublicBaseTests {
    private static let trusted = "10.0.0.0/8,::1"

    private func base(
        _ fields: [(String, String)], host: String? = "inside:8080", peer: String? = "10.0.0.1"
    ) throws -> String {
        var head = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
        for (name, value) in fields {
            head.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        let local = try #require(Authority("127.0.0.1:9"))
        return PublicBase(
            head, peer: peer.flatMap { IPAddress($0) }, local: local,
            trusted: try TrustedProxies(parsing: Self.trusted)
        ).text
    }

    @Test func withoutProxiesTheHostHeaderTells() throws {
        #expect(try base([]) == "http://inside:8080")
        #expect(try base([], host: "example.org:80") == "http://example.org")
        #expect(try base([], host: nil) == "http://127.0.0.1:9")
        #expect(try base([], host: "a b\r\nX: y") == "http://127.0.0.1:9")
    }

    @Test func aPeerThatIsNotTrustedIsNotBelieved() throws {
        let fields = [
            ("Forwarded", "host=evil.org;proto=https"), ("X-Forwarded-Host", "evil.org"),
            ("X-Forwarded-Proto", "https"), ("X-Forwarded-Prefix", "/evil"), ("X-Forwarded-Port", "1"),
        ]
        #expect(try base(fields, peer: "192.0.2.1") == "http://inside:8080")
        #expect(try base(fields, peer: nil) == "http://inside:8080")
        #expect(try base(fields, peer: "::ffff:10.0.0.1") == "https://evil.org/evil")
    }

    @Test(arguments: [
        ("for=192.0.2.1;host=files.example.org;proto=https", "https://files.example.org"),
        ("HOST=\"files.example.org:8443\";Proto=HTTPS", "https://files.example.org:8443"),
        ("host=files.example.org:443;proto=https", "https://files.example.org"),
        ("host=files.example.org:80", "http://files.example.org"),
        ("host=\"[2001:db8::1]:8443\" ; proto=https", "https://[2001:db8::1]:8443"),
        ("proto=https", "https://inside:8080"),
        ("for=\"_a\\\"b\";host=\"ex\\ample.org\"", "http://example.org"),
        (", ,host=a.org,,", "http://a.org"),
    ])
    func forwardedIsUnderstood(line: String, expected: String) throws {
        #expect(try base([("Forwarded", line)]) == expected)
    }

    @Test(arguments: [
        "host", "host=", "host=\"a.org", "host=a.org;host=b.org", "=a.org", "host=a b", "host = a.org", "\"",
        "host=a;;=",
    ])
    func aMalformedForwardedCountsAsAbsent(line: String) throws {
        #expect(Forwarded.parse(line) == nil)
        #expect(try base([("Forwarded", line)]) == "http://inside:8080")
        #expect(try base([("Forwarded", line), ("X-Forwarded-Host", "a.org")]) == "http://a.org")
    }

    @Test(arguments: [
        "host=\"evil.org/x\"", "host=\"a@b\"", "host=\"a.org:0\"", "host=\"a.org:99999\"", "host=\"<script>\"",
        "host=\"a.org\r\nX: y\"", "host=\"[::zz]\"", "proto=javascript", "proto=\"https://x\"", "host=\"é.org\"",
        "host=\"\"",
    ])
    func whatIsNoHostAndNoSchemeIsIgnoredAndNeverReflected(line: String) throws {
        #expect(try base([("Forwarded", line)]) == "http://inside:8080")
    }

    @Test func ofAChainTheFirstProxyOfOursIsBelieved() throws {
        // client → 10.0.0.3 → 10.0.0.2 → peer: each appended what it saw; the first element is the client's invention.
        let chain = """
            for=10.9.9.9;host=evil.org;proto=http, for=192.0.2.1;host=files.example.org;proto=https, \
            for=10.0.0.3;host=middle;proto=http, for=10.0.0.2;host=last;proto=http
            """
        #expect(try base([("Forwarded", chain)]) == "https://files.example.org")
        let lines = chain.split(separator: ", ").map { ("Forwarded", String($0)) }
        #expect(try base(lines) == "https://files.example.org")
        // What an outer proxy of ours does not say, an inner one may.
        let silent = "for=192.0.2.1;proto=https, for=10.0.0.2;host=files.example.org"
        #expect(try base([("Forwarded", silent)]) == "https://files.example.org")
        // An unknown sender ends the chain.
        let unknown = "host=evil.org, for=unknown;host=files.example.org"
        #expect(try base([("Forwarded", unknown)]) == "http://files.example.org")
    }

    @Test func aMalformedLineHidesOnlyWhatStandsFurtherOut() throws {
        let lines = [("Forwarded", "for=10.0.0.4;host=evil.org"), ("Forwarded", "\""), ("Forwarded", "host=a.org")]
        #expect(try base(lines) == "http://a.org")
    }

    @Test func theOlderFieldsAreUnderstood() throws {
        let all = [
            ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "files.example.org"), ("X-Forwarded-Port", "8443"),
            ("X-Forwarded-Prefix", "/files/"),
        ]
        #expect(try base(all) == "https://files.example.org:8443/files")
        #expect(try base([all[0]]) == "https://inside:8080")
        #expect(try base([all[0], ("X-Forwarded-Host", "a.org:444"), all[2]]) == "https://a.org:444")
        #expect(try base([all[0], ("X-Forwarded-Host", "a.org"), ("X-Forwarded-Port", "443")]) == "https://a.org")
        #expect(try base([all[0], ("X-Forwarded-Port", "443")], host: "a.org") == "https://a.org")
    }

    @Test func theirListsAreReadWhereTheChainOfSendersEnds() throws {
        let fields = [
            ("X-Forwarded-For", "10.0.0.9, 192.0.2.1, 10.0.0.2"), ("X-Forwarded-Proto", "gopher, https, http"),
            ("X-Forwarded-Host", "evil.org, files.example.org, inner"), ("X-Forwarded-Prefix", "/only"),
        ]
        #expect(try base(fields) == "https://files.example.org/only")
        #expect(try base([("X-Forwarded-Host", "evil.org, a.org")]) == "http://a.org")
        #expect(try base([("X-Forwarded-Host", "evil.org"), ("X-Forwarded-Host", "a.org")]) == "http://a.org")
    }

    @Test func forwardedWinsAndThePrefixCountsBesideIt() throws {
        let fields = [
            ("Forwarded", "host=a.org"), ("X-Forwarded-Host", "b.org"), ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Port", "8443"), ("X-Forwarded-Prefix", "/p"),
        ]
        #expect(try base(fields) == "http://a.org/p")
    }

    @Test(arguments: [
        "files", "//evil.org", "/a//b", "/../a", "/a/..", "/%2e%2e", "/a b", "/a\"b", "/a<b", "/a?b", "/a#b", "/%zz",
        "/é", "/a%0d%0ab", "/a\\b", "http://evil.org", "/" + String(repeating: "a", count: 1024),
    ])
    func whatIsNoPrefixIsIgnored(prefix: String) throws {
        #expect(PublicBase.prefix(prefix) == nil)
        #expect(try base([("X-Forwarded-Prefix", prefix)]) == "http://inside:8080")
    }

    @Test(arguments: [
        ("https://files.example.org", "https://files.example.org"),
        ("HTTPS://files.example.org:443/", "https://files.example.org"),
        ("http://[::1]:8080/a/b/", "http://[::1]:8080/a/b"), ("http://localhost:80", "http://localhost"),
    ])
    func aPublicURLLosesItsSlashAndItsDefaultPort(url: String, expected: String) throws {
        #expect(try PublicBase(parsing: url).text == expected)
    }

    @Test(arguments: [
        "", "files.example.org", "ftp://a.org", "https://", "https:///a", "https://a.org?x", "https://a.org/#x",
        "https://user@a.org", "https://a.org:0", "https://a.org/a b", "https://a.org//b", "https://a://b",
        "https://é.org",
    ])
    func anotherPublicURLIsRefusedAndNamed(url: String) {
        let error = #expect(throws: WrongSetting.self) { try PublicBase(parsing: url) }
        #expect(error?.part == url)
    }
}
