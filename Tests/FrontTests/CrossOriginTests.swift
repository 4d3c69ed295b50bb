import HTTPTypes
import Testing

@testable import Front

@Suite struct CrossOriginTests {
    private func answer(
        _ setting: String, origin: String?, isPreflight: Bool = false, _ own: HTTPFields = [:]
    ) throws -> HTTPFields {
        var answer = own
        var request = HTTPFields()
        request[.origin] = origin
        CrossOrigin(try AllowedOrigins(parsing: setting)).describe(&answer, to: request, isPreflight: isPreflight)
        return answer
    }

    @Test func aListedOriginIsNamedAndMaySendCredentials() throws {
        let fields = try answer("https://a.org, http://localhost:3000", origin: "http://localhost:3000")
        #expect(fields[.accessControlAllowOrigin] == "http://localhost:3000")
        #expect(fields[.accessControlAllowCredentials] == "true")
        #expect(fields[.vary] == "Origin")
    }

    @Test(arguments: ["https://b.org", "http://a.org", "https://a.org.evil.org", "https://a.org:444", "null", "", nil])
    func anotherOriginGetsNothingButVary(origin: String?) throws {
        #expect(try answer("https://a.org", origin: origin) == [.vary: "Origin"])
    }

    @Test func withAnyOriginThereAreNoCredentials() throws {
        let fields = try answer("*", origin: "https://evil.org")
        #expect(fields[.accessControlAllowOrigin] == "*")
        #expect(fields[.accessControlAllowCredentials] == nil)
        #expect(fields[.vary] == nil)
    }

    @Test func varyIsAddedToWhatTheAnswerVariesByAnyway() throws {
        let fields = try answer("https://a.org", origin: "https://a.org", [.vary: "Accept"])
        #expect(fields[values: .vary] == ["Accept", "Origin"])
    }

    @Test func aPreflightTellsVerbsAndFieldsAndAnAnswerWhatMayBeRead() throws {
        let preflight = try answer("*", origin: "https://a.org", isPreflight: true)
        #expect(preflight[.accessControlAllowMethods] == "GET, HEAD, POST, PATCH, DELETE, OPTIONS")
        for name in ["Authorization", "Tus-Resumable", "Upload-Checksum", "Upload-Complete", "X-Requested-With"] {
            #expect(preflight[.accessControlAllowHeaders]?.contains(name) == true)
        }
        #expect(preflight[.accessControlMaxAge] == "86400")
        #expect(preflight[.accessControlExposeHeaders] == nil)
        let actual = try answer("*", origin: "https://a.org")
        for name in ["Location", "Link", "Upload-Offset", "Upload-Finalization", "Upload-Failure", "Upload-Limit"] {
            #expect(actual[.accessControlExposeHeaders]?.contains(name) == true)
        }
        #expect(actual[.accessControlAllowHeaders] == nil)
    }

    @Test(arguments: [
        ("https://A.org:443", "https://a.org"), ("http://a.org:80", "http://a.org"),
        ("capacitor://localhost", "capacitor://localhost"), ("http://[::1]:3000", "http://[::1]:3000"),
    ])
    func originsAreReadAsBrowsersWriteThem(setting: String, origin: String) throws {
        #expect(try AllowedOrigins(parsing: setting) == .these([origin]))
    }

    @Test(arguments: [
        "https://a.org/", "https://a.org/x", "a.org", "https://", "null", "https://a.org:x", "https://*.a.org",
        "https://u@a.org", "://a.org", "1a://a.org", "https://a.org?x",
    ])
    func whatIsNoOriginIsNamed(part: String) {
        let error = #expect(throws: WrongSetting.self) { try AllowedOrigins(parsing: "https://b.org,\(part)") }
        #expect(error?.part == part)
    }

    @Test func anyBesideOthersIsAMistake() {
        #expect(throws: WrongSetting.self) { try AllowedOrigins(parsing: "*, https://a.org") }
    }
}
