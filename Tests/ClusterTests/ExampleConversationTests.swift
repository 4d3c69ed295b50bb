import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// The conversation of API.md §3, word for word.
    @Suite struct ExampleConversation {
        @Test(arguments: ["@upload", "@tus-upload"], [[0, 0, 0, 0, 0], [0, 1, 0, 1, 1]])
        func twoPatchesMakeAFile(endpoint: String, nodes: [Int]) async throws {
            try await SharedCluster.use { cluster, folder in
                let clients = nodes.map { cluster.client($0) }
                let options = try await TusClient(port: clients[0].port, credentials: nil)
                    .request("OPTIONS", "\(folder)/\(endpoint)")
                #expect(options.status == 204)
                #expect(options["Tus-Version"] == "1.0.0")
                #expect(options["Tus-Extension"]?.contains("creation") == true)

                let created = try await clients[1].request(
                    "POST", "\(folder)/\(endpoint)",
                    [
                        "Upload-Length": "8",
                        "Upload-Metadata": "filename dGVzdC50eHQ=,content-type dGV4dC9wbGFpbg==",
                    ])
                #expect(created.status == 201)
                let upload = try #require(created.location)
                #expect(upload.dropLast(32) == "\(folder)/\(endpoint)/")
                #expect(upload.suffix(32).allSatisfy { "0123456789abcdef".contains($0) })
                #expect(created["Upload-Expires"] != nil)

                let first = try await clients[2].patch(upload, Data("abc".utf8), at: 0)
                #expect((first.status, first.offset) == (204, 3))
                #expect(first["Upload-Expires"] != nil)

                let head = try await clients[3].head(upload)
                #expect((head.status, head.offset, head["Upload-Length"]) == (200, 3, "8"))
                #expect(head["Upload-Metadata"] == "filename dGVzdC50eHQ=,content-type dGV4dC9wbGFpbg==")
                #expect(head["Cache-Control"] == "no-store")

                let last = try await clients[4].patch(upload, Data("defgh".utf8), at: 3)
                #expect((last.status, last.offset) == (204, 8))
                #expect(last["Location"] == "http://127.0.0.1:\(clients[4].port)\(folder)/test.txt")
                #expect(last["Link"] == "<http://127.0.0.1:\(clients[4].port)\(folder)/test.txt>; rel=\"item\"")

                for client in [cluster.client(0), cluster.client(1)] {
                    let bytes = try await client.download("\(folder)/test.txt")
                    #expect(bytes == Data("abcdefgh".utf8))
                }
                for answer in [options, created, first, head, last] { #expect(answer["Tus-Resumable"] == "1.0.0") }
            }
        }
    }
}
