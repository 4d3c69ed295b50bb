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
            #expect(paths.count == 10)
            let members = [
                "list": ["items", "items_total"], "access": ["user", "may_steer"], "history": ["items"],
                "stats": ["counts", "oldest_age_seconds", "visible_seconds", "bytes_per_second", "workers", "paused"],
                "workers": ["items"],
            ]
            let reads: Set = ["list", "access", "stats", "history", "workers"]
            #expect(reads.isSubset(of: paths.keys))
            try await SharedCluster.use { cluster, _ in
                for (name, path) in paths {
                    guard let wanted = members[name] else { continue }
                    let answer = try await get(cluster, "/@jobs/\(path)")
                    #expect(answer.status == 200, "\(name)")
                    for member in wanted { #expect(answer.json[member] != nil, "\(name) has no \(member)") }
                }
            }
        }
    }
}
