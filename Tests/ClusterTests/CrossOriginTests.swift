import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Pages of other origins (CORS).
    @Suite struct CrossOriginPages {
        private static let origin = "https://app.example.org"

        @Test func everyAnswerCanBeReadByAnAllowedPageErrorsToo() async throws {
            try await withCluster(serve: ["--cors-origins", Self.origin, "--max-size", "100"]) { cluster in
                let client = cluster.client()
                let from: [String: String?] = ["Origin": Self.origin]
                let upload = try await client.newUpload(in: "", length: 3, filename: "a.txt")
                let conflict = TusClient.patchFields(at: 2, count: 1).merging(from) { $1 }
                var answers = [
                    try await client.request("GET", "/", from), try await client.request("HEAD", upload, from),
                    try await client.request("PATCH", upload, conflict, body: Data("c".utf8)),
                    try await client.create(in: "", length: 101, filename: "b", from),
                    try await client.request("GET", "/nowhere", from), try await client.request("PUT", "/", from),
                    try await client.request("GET", "/%zz", from), try await client.request("OPTIONS", upload, from),
                    try await client.request("GET", "/", from.merging(["Authorization": nil]) { $1 }),
                ]
                // A refusal that does not wait for the body.
                let large = TusClient.patchFields(at: 2, count: 1 << 30).merging(from) { $1 }
                answers.append(try await client.begin("PATCH", upload, large).answer())
                #expect(answers.map(\.status) == [200, 200, 409, 413, 404, 405, 400, 204, 401, 409])
                for answer in answers {
                    #expect(answer["Access-Control-Allow-Origin"] == Self.origin)
                    #expect(answer["Access-Control-Allow-Credentials"] == "true")
                    #expect(answer["Access-Control-Expose-Headers"]?.contains("Upload-Offset") == true)
                    #expect(answer["Vary"] == "Origin")
                }
                let other = try await client.request("HEAD", upload, ["Origin": "https://evil.example.org"])
                #expect((other.status, other["Access-Control-Allow-Origin"], other["Vary"]) == (200, nil, "Origin"))
            }
        }

        @Test func aPreflightNeedsNoCredentialsWhateverStandsThere() async throws {
            try await withCluster(serve: ["--cors-origins", "*"]) { cluster in
                let client = TusClient(port: cluster.port(0), credentials: nil)
                for path in ["/@upload", "/@upload/x", "/", "/nowhere", "/a/@@download/file", "/@jobs"] {
                    let answer = try await client.request(
                        "OPTIONS", path,
                        [
                            "Origin": Self.origin, "Access-Control-Request-Method": "PATCH", "Tus-Resumable": nil,
                            "Access-Control-Request-Headers": "authorization,tus-resumable",
                        ])
                    #expect((answer.status, answer["Access-Control-Allow-Origin"]) == (204, "*"), "\(path)")
                    #expect(answer["Access-Control-Allow-Methods"]?.contains("PATCH") == true)
                    #expect(answer["Access-Control-Allow-Headers"]?.contains("Upload-Metadata") == true)
                    #expect(answer["Access-Control-Allow-Credentials"] == nil)
                    #expect((answer["Tus-Extension"] != nil) == path.hasPrefix("/@upload"))
                }
            }
        }

        @Test func withoutASettingThereIsNoFieldOfIt() async throws {
            try await SharedCluster.use { cluster, folder in
                for method in ["OPTIONS", "GET"] {
                    let answer = try await cluster.client().request(
                        method, "\(folder)/@upload",
                        ["Origin": Self.origin, "Access-Control-Request-Method": "POST"])
                    let names = answer.fields.keys.filter { $0.hasPrefix("access-control") || $0 == "vary" }
                    #expect(names == [])
                }
            }
        }
    }
}
