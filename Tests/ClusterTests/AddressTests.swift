import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Which requests mean the same place, which verbs it has, and how its URLs are written.
    @Suite struct Addresses {
        @Test func anOverriddenPostDoesWhatItsHeaderSays() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                func post(_ method: String, _ fields: [String: String?] = [:], _ body: Data = Data()) async throws
                    -> Answer
                {
                    let all = fields.merging(["X-HTTP-Method-Override": method]) { $1 }
                    return try await client.request("POST", upload, all, body: body)
                }
                let head = try await post("HEAD")
                #expect((head.status, head.offset, head["Content-Length"]) == (200, 0, "0"))
                let patched = try await post("PATCH", TusClient.patchFields(at: 0, count: 2), Data("ab".utf8))
                #expect((patched.status, patched.offset) == (204, 2))
                #expect(try await post("OPTIONS").status == 204)
                #expect(try await post("GET").json["offset"] as? Int == 2)
                for method in ["PUT", "TRACE", "patch", "", "PATCH, DELETE"] {
                    let refused = try await post(method)
                    #expect((refused.status, refused.errorType) == (400, "Bad Request"), "\(method)")
                    #expect(refused.errorMessage?.contains("X-HTTP-Method-Override") == true)
                }
                #expect(try await post("DELETE").status == 204)
                let gone = try await post("HEAD")
                #expect((gone.status, gone["Content-Length"], gone.body.count) == (410, "0", 0))
            }
        }

        @Test func onlyPostIsOverridden() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                for method in ["GET", "HEAD", "OPTIONS"] {
                    let answer = try await client.request(method, upload, ["X-HTTP-Method-Override": "DELETE"])
                    #expect([200, 204].contains(answer.status))
                }
                #expect(try await client.offset(upload) == 0)
            }
        }

        @Test func aVerbThatAPlaceDoesNotHaveIs405WithThoseThatItHas() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let finished = try await client.create(in: folder, length: 0, filename: "b.txt")
                #expect(finished.status == 201)
                for (path, allowed, wrong) in [
                    ("\(folder)/@upload", "OPTIONS, POST", ["GET", "HEAD", "PATCH", "DELETE", "PUT"]),
                    ("\(folder)/@tus-upload/", "OPTIONS, POST", ["GET", "HEAD", "PATCH", "DELETE", "PUT"]),
                    ("\(folder)/b.txt/@tus-replace", "OPTIONS, POST", ["GET", "HEAD", "PATCH", "DELETE", "PUT"]),
                    (upload, "OPTIONS, HEAD, PATCH, DELETE, GET", ["POST", "PUT"]),
                    (folder, "OPTIONS, GET, HEAD, POST, DELETE", ["PUT", "TRACE"]),
                    ("\(folder)/b.txt/@@download/file", "OPTIONS, GET, HEAD", ["POST", "PATCH", "DELETE", "PUT"]),
                ] {
                    for method in wrong {
                        let answer = try await client.request(method, path)
                        #expect((answer.status, answer["Allow"]) == (405, allowed), "\(method) \(path)")
                    }
                }
                let hint = try await client.request("GET", "\(folder)/@upload")
                #expect(hint.errorMessage?.contains("POST creates an upload") == true)
                for path in [folder, "/", "*", "\(folder)/b.txt/@@download/file"] {
                    let anonymous = TusClient(port: cluster.port(0), credentials: nil)
                    let options = try await anonymous.request("OPTIONS", path)
                    #expect(options.status == 204 && options["Allow"]?.contains("GET") == true, "\(path)")
                }
            }
        }

        @Test func otherSpellingsNameTheSameUpload() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let id = String(upload.suffix(32))
                let encoded = id.utf8.map { "%\(String($0, radix: 16))" }.joined()
                for path in [
                    "\(folder)/@upload/\(id.uppercased())", "\(folder)/@upload/\(encoded)", "\(folder)/%40upload/\(id)",
                    "\(folder)/@upload/\(id)/", "/\(folder)//@upload///\(id)", "\(folder)/@tus-upload/\(id)",
                    "/++api++\(folder)/@upload/\(id)", "\(folder)/++api++/@upload/\(id)", "http://x\(upload)?a=b",
                ] {
                    #expect(try await client.head(path).status == 200, "\(path)")
                }
            }
        }

        @Test func theLocationGoesThroughTheAPIWhereTheRequestDid() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                #expect(try await client.createFolder("sub", in: folder).status == 201)
                for path in ["/++api++\(folder)/sub", "\(folder)/++api++/sub", "\(folder)/sub/++api++"] {
                    let answer = try await client.create(in: path, length: 1, filename: "a.txt")
                    #expect(answer.location?.hasPrefix("\(path)/@upload/") == true)
                    let item = try await client.patch(try #require(answer.location), Data("x".utf8), at: 0)
                    #expect(item.location?.hasPrefix("\(folder)/sub/a") == true)
                }
            }
        }

        @Test func absoluteURLsAreThoseOfTheProxy() async throws {
            try await withCluster(serve: ["--trusted-proxies", "127.0.0.0/8"]) { cluster in
                let client = cluster.client()
                let proxy = [
                    "Forwarded": "for=192.0.2.1;host=\"files.example.org:443\";proto=https",
                    "X-Forwarded-Prefix": "/files",
                ]
                let base = "https://files.example.org/files"
                let created = try await client.create(in: "", length: 0, filename: "a.txt", proxy)
                #expect(created["Location"]?.hasPrefix("\(base)/@upload/") == true)
                #expect(created["Link"] == "<\(base)/a.txt>; rel=\"item\"")
                let root = try await client.request("GET", "/", proxy)
                #expect(root.json["@id"] as? String == base)
                let missing = try await client.request("GET", "/x", proxy)
                #expect(missing.json["context"] as? String == "\(base)/x")
                for garbage in [
                    "\"", "host=\"<script>\";proto=\"a\\\"b\"", "host=a b", ";;;=", String(repeating: ",", count: 999),
                ] {
                    let fields = ["Forwarded": garbage, "X-Forwarded-Host": garbage, "X-Forwarded-Prefix": garbage]
                    let answer = try await client.request("GET", "/", fields)
                    #expect(answer.json["@id"] as? String == "http://127.0.0.1:\(cluster.port(0))")
                }
            }
        }

        @Test func aConfiguredURLWinsOverProxies() async throws {
            let serve = ["--trusted-proxies", "127.0.0.1", "--public-url", "https://a.example.org/p/"]
            try await withCluster(serve: serve) { cluster in
                let fields = ["Forwarded": "host=b.org", "X-Forwarded-Prefix": "/q"]
                let root = try await cluster.client().request("GET", "/", fields)
                #expect(root.json["@id"] as? String == "https://a.example.org/p")
            }
        }
    }
}
