import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Creation-Defer-Length: the length is told by a later PATCH.
    @Suite struct DeferredLength {
        private static let deferred: [String: String?] = ["Upload-Length": nil, "Upload-Defer-Length": "1"]

        private static func patch(
            _ client: TusClient, _ upload: TusClient.Upload, _ text: String, at offset: Int64, length: Int64?
        ) async throws -> Answer {
            var fields = TusClient.patchFields(at: offset, count: Int64(text.utf8.count))
            fields["Upload-Length"] = length.map { "\($0)" }
            return try await client.request("PATCH", upload, fields, body: Data(text.utf8))
        }

        private static func new(_ client: TusClient, _ folder: String, body: Data? = nil) async throws -> Answer {
            try await client.create(in: folder, length: 0, filename: "a.txt", deferred, body: body)
        }

        @Test func headTellsThatItIsDeferredUntilAPatchTellsTheLength() async throws {
            try await SharedCluster.use { cluster, folder in
                let (client, other) = (cluster.client(), cluster.client(1))
                let upload = try #require(try await Self.new(client, folder, body: Data("ab".utf8)).location)
                var head = try await other.head(upload)
                #expect((head.offset, head["Upload-Defer-Length"], head["Upload-Length"]) == (2, "1", nil))
                #expect(try await Self.patch(other, upload, "cd", at: 2, length: nil).status == 204)
                #expect(try await client.head(upload)["Upload-Defer-Length"] == "1")
                #expect(try await Self.patch(client, upload, "e", at: 4, length: 8).offset == 5)
                head = try await other.head(upload)
                #expect((head.offset, head["Upload-Defer-Length"], head["Upload-Length"]) == (5, nil, "8"))
                for length: Int64 in [7, 9, 5] {
                    let changed = try await Self.patch(client, upload, "f", at: 5, length: length)
                    #expect((changed.status, changed.errorMessage?.contains("Upload-Length")) == (400, true))
                }
                let last = try await Self.patch(other, upload, "fgh", at: 5, length: 8)
                #expect((last.status, last.location) == (204, "\(folder)/a.txt"))
                #expect(try await client.download("\(folder)/a.txt") == Data("abcdefgh".utf8))
            }
        }

        @Test func anEmptyPatchThatTellsTheLengthCompletesTheUpload() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try #require(try await Self.new(client, folder, body: Data("abc".utf8)).location)
                #expect(try await Self.patch(client, upload, "", at: 3, length: 2).status == 400)
                let last = try await Self.patch(cluster.client(1), upload, "", at: 3, length: 3)
                #expect((last.status, last.offset, last.location) == (204, 3, "\(folder)/a.txt"))
                #expect(try await Self.patch(client, upload, "", at: 3, length: 3).location == last.location)
                #expect(try await client.download("\(folder)/a.txt") == Data("abc".utf8))
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func anUploadOfUnknownLengthMayNotPassTheMaximum() async throws {
            try await withCluster(serve: ["--max-size", "10"]) { cluster in
                let client = cluster.client()
                #expect(try await Self.new(client, "", body: Data("0123456789x".utf8)).status == 413)
                let upload = try #require(try await Self.new(client, "", body: Data("01234".utf8)).location)
                #expect(try await Self.patch(client, upload, "56789x", at: 5, length: nil).status == 413)
                #expect(try await Self.patch(client, upload, "", at: 5, length: 11).status == 413)
                let chunked = try await client.beginPatch(upload, at: 5, count: nil)
                try await chunked.sendChunk(Data("56789x".utf8))
                #expect(try await chunked.answer().status == 413)
                #expect(try await client.offset(upload) == 5)
                #expect(try await Self.patch(client, upload, "56789", at: 5, length: 10).location == "/a.txt")
            }
        }

        @Test func anUploadOfUnknownLengthMayNotPassTheQuota() async throws {
            try await withCluster(serve: ["--quota-bytes", "10"]) { cluster in
                let client = cluster.client()
                #expect(try await Self.new(client, "", body: Data("0123456789x".utf8)).status == 413)
                let upload = try #require(try await Self.new(client, "", body: Data("01234".utf8)).location)
                #expect(try await Self.patch(client, upload, "56789x", at: 5, length: nil).status == 413)
                #expect(try await Self.patch(client, upload, "", at: 5, length: 11).status == 413)
                #expect(try await Self.patch(client, upload, "56789", at: 5, length: 10).location == "/a.txt")
            }
        }

        @Test func aLengthThatWasToldSurvivesTheDeathOfItsNode() async throws {
            try await withCluster(fronts: 2) { cluster in
                let upload = try #require(try await Self.new(cluster.client(), "").location)
                var fields = TusClient.patchFields(at: 0, count: 6)
                fields["Upload-Length"] = "6"
                let connection = try await cluster.client().begin("PATCH", upload, fields)
                try await connection.send(Data("abc".utf8))
                try await eventually("the length") { try await cluster.row(upload, "length") == "6" }
                try await cluster.kill(front: 0)
                let head = try await cluster.client(1).head(upload)
                #expect(head["Upload-Length"] == "6")
                let offset = try #require(head.offset)
                let rest = String("abcdef".dropFirst(Int(offset)))
                #expect(try await Self.patch(cluster.client(1), upload, rest, at: offset, length: nil).status == 204)
                #expect(try await cluster.client(1).download("/a.txt") == Data("abcdef".utf8))
            }
        }
    }
}
