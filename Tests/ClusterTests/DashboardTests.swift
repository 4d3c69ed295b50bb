import Foundation
import Pages
import TestSupport
import Testing

extension WholeProcesses {
    /// The dashboard of the finalizer's jobs as a browser gets it.
    @Suite struct DashboardOfACluster {
        private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

        private func get(
            _ cluster: Cluster, _ path: String, _ fields: [String: String?] = [:], login: Bool = true
        ) async throws -> Answer {
            var client = cluster.client()
            if !login { client.credentials = nil }
            return try await client.request(
                "GET", path, ["Tus-Resumable": nil, "Accept": "*/*"].merging(fields) { $1 })
        }

        private func expectGuarded(_ answer: Answer) {
            let policy = answer["Content-Security-Policy"] ?? ""
            #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"))
            #expect(!policy.contains("unsafe"))
            #expect(answer["X-Content-Type-Options"] == "nosniff")
            #expect(answer["Referrer-Policy"] == "no-referrer")
            #expect(answer["Cache-Control"] == "no-cache")
            #expect(answer["Vary"]?.contains("Accept") == true)
        }

        @Test func aBrowserGetsThePageAndAProgramTheList() async throws {
            try await SharedCluster.use { cluster, _ in
                let page = try await get(cluster, "/@jobs/", ["Accept": Self.browser])
                #expect(page.status == 200)
                #expect(page["Content-Type"] == "text/html; charset=utf-8")
                #expect(page.body == Data(DashboardFiles.page.bytes))
                expectGuarded(page)
                let list = try await get(cluster, "/@jobs/")
                #expect(list.json["items"] != nil)
                #expect(list["Vary"]?.contains("Accept") == true)
            }
        }

        @Test func withoutTheSlashABrowserIsSentToWhereTheLinksAreRight() async throws {
            try await SharedCluster.use { cluster, _ in
                for path in ["/@jobs", "/++api++/@jobs"] {
                    let answer = try await get(cluster, path + "?x=1", ["Accept": Self.browser])
                    #expect(answer.status == 307)
                    #expect(answer["Location"] == "@jobs/?x=1")
                }
                #expect(try await get(cluster, "/++api++/@jobs/", ["Accept": Self.browser]).status == 200)
            }
        }

        @Test func withoutCredentialsABrowserAsksForThem() async throws {
            try await SharedCluster.use { cluster, _ in
                for path in ["/@jobs", "/@jobs/", "/@jobs/access"] {
                    let answer = try await get(cluster, path, ["Accept": Self.browser], login: false)
                    #expect(answer.status == 401)
                    #expect(answer["WWW-Authenticate"]?.hasPrefix("Basic") == true)
                }
            }
        }

        @Test func everyFileOfThePageIsThereOnceAndThenNotModified() async throws {
            try await SharedCluster.use { cluster, _ in
                for (name, file) in DashboardFiles.parts {
                    let answer = try await get(cluster, "/@jobs/\(name)", login: false)
                    #expect(answer.status == 200)
                    #expect(answer["Content-Type"] == file.contentType)
                    #expect(answer.body == Data(file.bytes))
                    expectGuarded(answer)
                    let tag = try #require(answer["ETag"])
                    #expect(try await get(cluster, "/@jobs/\(name)", ["If-None-Match": tag]).status == 304)
                }
                #expect(try await get(cluster, "/@jobs/nothing.js").status == 404)
            }
        }

        /// The paths in `api.js`, and the fields in the answers that the script cannot do without.
        @Test func whatTheScriptAsksForExists() async throws {
            let script = try #require(DashboardFiles.parts["api.js"]).text
            let table = try #require(try Regex(#"const paths = \{([^}]*)\}"#).firstMatch(in: script))
            let pairs = try (table.output[1].substring ?? "").matches(of: Regex(#"(\w+): "(\w*)""#))
                .map { (String($0.output[1].substring ?? ""), String($0.output[2].substring ?? "")) }
            let paths = Dictionary(uniqueKeysWithValues: pairs)
            #expect(paths.count == 11)
            let members = [
                "list": ["items", "items_total"], "access": ["user", "may_steer"], "history": ["items"],
                "stats": ["counts", "oldest_age_seconds", "visible_seconds", "bytes_per_second", "workers", "paused"],
                "workers": ["items"], "audit": ["items"],
            ]
            let reads: Set = ["list", "access", "stats", "history", "workers", "audit"]
            #expect(reads.isSubset(of: paths.keys))
            try await SharedCluster.use { cluster, _ in
                for (name, path) in paths {
                    let wanted = members[name] ?? []
                    let answer =
                        name == "events"
                        ? try await cluster.client().request("HEAD", "/@jobs/\(path)", ["Tus-Resumable": nil])
                        : try await get(cluster, "/@jobs/\(path)")
                    for member in wanted { #expect(answer.json[member] != nil, "\(name) has no \(member)") }
                    let isAction = ["retry", "cancel", "pause", "resume"].contains(name)
                    #expect(answer.status == (isAction ? 405 : 200), "\(name)")
                    #expect(!isAction || answer["Allow"]?.contains("POST") == true, "\(name)")
                }
                #expect(try await get(cluster, "/@jobs/1/retry").status == 405)
            }
        }

        /// A browser sends the credentials that it knows along with the form of any page.
        @Test func anotherSitesPageCannotSteer() async throws {
            let own: [String: String?] = ["Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"]
            let cases: [(fields: [String: String?], status: Int)] = [
                (own, 409), ([:], 409), (["Content-Type": "application/json; charset=utf-8"], 409),
                (["Sec-Fetch-Site": "cross-site"], 403), (["Sec-Fetch-Site": "same-site"], 403),
                (["Origin": "http://evil.example"], 403), (["Origin": "null"], 403),
                (["Content-Type": "text/plain"], 415), (["Content-Type": "application/x-www-form-urlencoded"], 415),
            ]
            try await SharedCluster.use { cluster, _ in
                for (fields, status) in cases {
                    // Of a queue that is not paused: 409 is how far the allowed ones come.
                    let answer = try await cluster.client().request(
                        "POST", "/@jobs/resume", ["Tus-Resumable": nil].merging(fields) { $1 }, body: Data())
                    #expect(answer.status == status, "\(fields)")
                }
            }
        }

        @Test func aMonitorIsToldThatItMayNotSteerAndOthersGetThePageThatSaysWhy() async throws {
            try await withCluster(finalizers: 0) { cluster in
                for (name, role) in [("moni", "Monitor"), ("read", "Reader")] {
                    let added = try await cluster.command(
                        "users", "add", name, "--role", role, "--password-stdin", input: "x")
                    #expect(added.ending == .exited(0), "\(added.log)")
                }
                let monitor = TusClient(port: cluster.port(0), credentials: "moni:x")
                let access = try await monitor.request("GET", "/@jobs/access", ["Tus-Resumable": nil])
                #expect(access.json["user"] as? String == "moni" && access.json["may_steer"] as? Bool == false)
                #expect(try await get(cluster, "/@jobs/access").json["may_steer"] as? Bool == true)
                let reader = TusClient(port: cluster.port(0), credentials: "read:x")
                let page = try await reader.request("GET", "/@jobs/", ["Accept": Self.browser])
                #expect(page.status == 403 && page.body == Data(DashboardFiles.page.bytes))
                #expect(try await reader.request("GET", "/@jobs/access").status == 403)
            }
        }
    }
}
