import Foundation
import NIOHTTP1
import UploadProtocol

extension Examination {
    /// Whether there is a tussock at all; its clock; the version of HTTP.
    func greet() async -> (isTussock: Bool, diagnoses: [Diagnosis]) {
        let site = visitor.site
        let before = Date()
        let reply: Reply
        do {
            reply = try await visitor.ask(.OPTIONS, site.path + "/@upload", within: .seconds(30))
        } catch {
            return (
                false,
                [
                    .wrong(
                        "reachable", "\(error)", why: "no client gets further",
                        remedy: "check name and port, that the proxy runs, and that a front node behind it is ready")
                ]
            )
        }
        guard reply["Tus-Version"]?.contains("1.0.0") == true else {
            return (false, [Self.stranger(site, reply)])
        }
        let extensions = reply["Tus-Extension"] ?? ""
        let found = Diagnosis.ok("reachable", "tussock answers at \(site); extensions: \(extensions)")
        return (true, [found, version(reply), clock(reply, before)] + secrecy())
    }

    private static func stranger(_ site: Site, _ reply: Reply) -> Diagnosis {
        let isAway = [502, 503, 504].contains(reply.status)
        return .wrong(
            "reachable", "OPTIONS \(site.path)/@upload gives \(reply.status) without Tus-Version",
            why: "a client cannot see what the server can do, or there is no tussock there",
            remedy: isAway
                ? "start a front node, and look at its /readyz"
                : "give the URL of the site or of a folder in it; the proxy must pass OPTIONS and paths with @"
        )
    }

    private func version(_ reply: Reply) -> Diagnosis {
        guard reply.version.major == 1, reply.version.minor == 0 else {
            return .ok("http-version", "HTTP/\(reply.version.major).\(reply.version.minor)")
        }
        return .wrong(
            "http-version", "answers come as HTTP/1.0",
            why:
                "there are neither chunked bodies nor interim answers, and every request needs a connection of its own",
            remedy: "let the proxy speak HTTP/1.1 on both sides (nginx: `proxy_http_version 1.1;`)")
    }

    /// The `Date` field has whole seconds.
    private func clock(_ reply: Reply, _ before: Date) -> Diagnosis {
        guard let date = reply["Date"].flatMap({ HTTPDate.parse($0) }) else {
            return .note("clock", "there is no Date field", why: "clocks cannot be compared")
        }
        let (early, late) = (before.timeIntervalSince1970 - 1, Date().timeIntervalSince1970)
        let skew = max(early - Double(date), Double(date) - late, 0)
        guard skew > 30 else { return .ok("clock", "differs by less than \(Int(skew) + 2) s") }
        return .wrong(
            "clock",
            "the server's clock is \(Int(skew)) s \(Double(date) < early ? "behind" : "ahead of") this machine's",
            why: "expiry times are wrong for clients, tokens are refused, and caches keep too long or too short",
            remedy: "run NTP on both (timedatectl set-ntp true), and look which of the two is wrong")
    }

    private func secrecy() -> [Diagnosis] {
        let site = visitor.site
        let isNear = site.host == "localhost" || site.host.hasPrefix("127.") || site.host == "::1"
        guard !site.isSecure, !isNear else { return [] }
        return [
            .note(
                "encryption", "the site is visited without TLS",
                why: "passwords and files can be read and changed on the way",
                remedy: "let clients come by https, and pass it on as X-Forwarded-Proto")
        ]
    }
}
