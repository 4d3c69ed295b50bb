import Foundation
import NIOHTTP1

extension Examination {
    /// Forwarded headers: what the server takes for its own address is what the client came by.
    @Sendable func checkAddresses(_ folder: String) async throws -> [Diagnosis] {
        let reply = try await visitor.create(in: folder, length: 4, filename: "address.bin")
        guard reply.status == 201, let location = reply["Location"] else {
            return [Self.cannotCreate(reply)]
        }
        var expected = visitor.site
        expected.path = folder + "/@upload"
        if let difference = expected.difference(from: location) {
            return [wrongAddress("the Location of an upload is \(location): \(difference)")]
        }
        // Some proxies mend Location, and nothing else.
        let shown = try await visitor.ask(.GET, folder, [("Accept", "application/json")])
        let json = try? JSONSerialization.jsonObject(with: Data(shown.body)) as? [String: Any]
        expected.path = folder
        if let id = json?["@id"] as? String, let difference = expected.difference(from: id) {
            return [wrongAddress("the @id of a folder is \(id): \(difference)")]
        }
        return [.ok("addresses", "Location and @id are at the address that the client came by")]
    }

    private func wrongAddress(_ message: String) -> Diagnosis {
        .wrong(
            "addresses", message,
            why: "clients follow it, and go to a place where nobody answers, or send their password without TLS",
            remedy: "let the proxy say what the client asked for (nginx: `proxy_set_header Host $http_host; "
                + "proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;`, and "
                + "X-Forwarded-Prefix if it takes a part of the path away) and name its address in "
                + "TUSSOCK_TRUSTED_PROXIES; or set TUSSOCK_PUBLIC_URL to \(visitor.site.root)")
    }

    private static func cannotCreate(_ reply: Reply) -> Diagnosis {
        if reply.isOurs {
            return .wrong(
                "addresses", "an upload cannot be created: \(reply.status) \(reply.text)",
                why: "nothing can be uploaded", remedy: "see the message; a front node's log has more")
        }
        return .wrong(
            "addresses", "something before tussock answers a creation with \(reply.status)",
            why: "nothing can be uploaded", remedy: "let the proxy pass POST with the field Tus-Resumable")
    }
}

extension Site {
    /// Scheme and authority.
    var root: String { "\(scheme)://\(authority)" }
}
