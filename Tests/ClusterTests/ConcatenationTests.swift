import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Concatenation, through several nodes.
    @Suite struct Concatenation {
        private static func part(
            _ client: TusClient, _ folder: String, _ bytes: Data, whole: Bool = true
        ) async throws -> TusClient.Upload {
            let created = try await client.create(
                in: folder, length: Int64(bytes.count), filename: "part", ["Upload-Concat": "partial"],
                body: whole ? bytes : Data(bytes.prefix(1)))
            guard created.status == 201, let location = created.location else { throw UnexpectedAnswer(created) }
            return location
        }

        private static func final(
            _ client: TusClient, _ folder: String, _ parts: [String], _ fields: [String: String?] = [:],
            filename: String = "all.bin"
        ) async throws -> Answer {
            let own: [String: String?] = [
                "Upload-Length": nil, "Upload-Concat": "final;" + parts.joined(separator: " "),
            ]
            return try await client.create(
                in: folder, length: 0, filename: filename, own.merging(fields) { $1 })
        }

        /// HEAD once the final is an item, or has failed.
        private static func settled(_ client: TusClient, _ upload: TusClient.Upload) async throws -> Answer {
            var head = try await client.head(upload)
            try await eventually("the end of \(upload)", within: .seconds(60)) {
                head = try await client.head(upload)
                return head["Upload-Finalization"] != "pending"
            }
            return head
        }

        @Test func eightPartsSentInParallelThroughTwoNodesAreOneItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(8 << 20)
                let parts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                    for index in 0..<8 {
                        group.addTask {
                            let run = Data(bytes[(index << 20)..<((index + 1) << 20)])
                            let upload = try await Self.part(cluster.client(index % 2), folder, run, whole: false)
                            let last = try await cluster.client((index + 1) % 2).patch(
                                upload, run.dropFirst(), at: 1)
                            #expect((last.status, last.location, last.offset) == (204, nil, 1 << 20))
                            return (index, upload)
                        }
                    }
                    return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
                }
                let urls = parts.sorted { $0.key < $1.key }.map(\.value)
                #expect(try await cluster.listed(folder) == 0)
                let created = try await Self.final(cluster.client(), folder, urls)
                #expect((created.status, created.offset) == (201, nil))
                #expect(created["Link"]?.hasSuffix("\(folder)/all.bin>; rel=\"item\"") == true)
                let upload = try #require(created.location)
                let head = try await Self.settled(cluster.client(1), upload)
                #expect((head.offset, head["Upload-Length"]) == (8 << 20, "\(8 << 20)"))
                #expect(head["Upload-Concat"] == "final;" + urls.joined(separator: " "))
                #expect(head.location == "\(folder)/all.bin")
                // Its own metadata, and nothing of the parts'.
                #expect(head["Upload-Metadata"] == TusClient.metadata("all.bin"))
                #expect(try await cluster.client(1).download("\(folder)/all.bin") == bytes)
                #expect(try await cluster.listed(folder) == 1)
                let part = try await cluster.client().head(urls[3])
                #expect((part.status, part["Upload-Concat"], part.offset) == (200, "partial", 1 << 20))
            }
        }

        @Test func aPartialUploadTellsItsOffsetAndThatItIsAPart() async throws {
            try await SharedCluster.use { cluster, folder in
                let part = try await Self.part(cluster.client(), folder, Data("abc".utf8), whole: false)
                for (offset, rest) in [(1, "b"), (2, "c"), (3, "")] as [(Int64, String)] {
                    let head = try await cluster.client(1).head(part)
                    #expect((head.status, head.offset, head["Upload-Length"]) == (200, offset, "3"))
                    #expect((head["Upload-Concat"], head.location) == ("partial", nil))
                    #expect(try await cluster.client().patch(part, Data(rest.utf8), at: offset).status == 204)
                }
            }
        }

        @Test func aFinalMayComeBeforeItsParts() async throws {
            try await SharedCluster.use { cluster, folder in
                let (client, other) = (cluster.client(), cluster.client(1))
                let one = try await Self.part(client, folder, Data("abc".utf8), whole: false)
                let two = try await Self.part(client, folder, Data("def".utf8), whole: false)
                // As relative URLs, one of them through ++api++.
                let urls = ["@upload/\(one.suffix(32))", "/++api++\(two)", "@upload/\(one.suffix(32))"]
                let upload = try #require(try await Self.final(other, folder, urls).location)
                let head = try await client.head(upload)
                #expect((head.status, head.offset, head["Upload-Length"], head.location) == (200, nil, "9", nil))
                #expect(head["Upload-Concat"] == "final;" + urls.joined(separator: " "))
                #expect(head["Upload-Finalization"] == "pending" && head["Upload-Defer-Length"] == nil)
                let shown = String(decoding: try await client.request("GET", upload).body, as: UTF8.self)
                #expect(shown.contains("\"waiting_for\": \"part \(one.suffix(32))\""))
                #expect(shown.contains("\"concat\": \"final\"") && shown.contains("\"is_awaited\": true"))
                #expect(try await client.request("GET", "\(folder)/all.bin").status == 202)
                #expect(try await client.patch(two, Data("ef".utf8), at: 1).status == 204)
                #expect(try await client.head(upload)["Upload-Finalization"] == "pending")
                #expect(try await other.patch(one, Data("bc".utf8), at: 1).status == 204)
                #expect(try await Self.settled(client, upload).offset == 9)
                #expect(try await other.download("\(folder)/all.bin") == Data("abcdefabc".utf8))
            }
        }

        @Test func aFinalTakesNoBytes() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let part = try await Self.part(client, folder, Data("abc".utf8))
                let upload = try #require(try await Self.final(client, folder, [part]).location)
                for offset: Int64 in [0, 3] {
                    let answer = try await cluster.client(1).patch(upload, Data("x".utf8), at: offset)
                    #expect((answer.status, answer.errorType) == (403, "Forbidden"))
                }
                #expect(try await Self.settled(client, upload).offset == 3)
                #expect(try await client.patch(upload, Data(), at: 3).status == 403)
                #expect(try await client.download("\(folder)/all.bin") == Data("abc".utf8))
            }
        }

        @Test func aPartThatIsTerminatedFailsTheFinalThatWaitsForIt() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let done = try await Self.part(client, folder, Data("abc".utf8))
                let part = try await Self.part(client, folder, Data("abc".utf8), whole: false)
                let upload = try #require(try await Self.final(client, folder, [done, part]).location)
                #expect(try await cluster.client(1).request("DELETE", part).status == 204)
                let head = try await Self.settled(client, upload)
                #expect((head.status, head["Upload-Finalization"], head.offset) == (200, "failed", nil))
                let shown = String(decoding: try await client.request("GET", upload).body, as: UTF8.self)
                #expect(shown.contains("part \(part.suffix(32)) was terminated") && shown.contains("PartGone"))
                #expect(try await client.request("GET", "\(folder)/all.bin").status == 410)
            }
        }

        @Test func aPartThatExpiresFailsTheFinalThatWaitsForIt() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let part = try await Self.part(client, folder, Data("abc".utf8), whole: false)
                let upload = try #require(try await Self.final(client, folder, [part]).location)
                try await cluster.sql(
                    "UPDATE upload SET expires_at = now() - interval '1 s' WHERE id = '\(part.suffix(32))'")
                #expect(try await Self.settled(client, upload)["Upload-Finalization"] == "failed")
                #expect(try await cluster.row(upload, "reason") == "part \(part.suffix(32)) has expired")
                let another = try await Self.final(client, folder, [part])
                #expect((another.status, another.errorMessage?.contains(part)) == (410, true))
            }
        }

        @Test func onlyOnesOwnPartsOfThisServiceMayBeUsed() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let good = try await Self.part(client, folder, Data("abc".utf8))
                let whole = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let deleted = try await Self.part(client, folder, Data("abc".utf8))
                #expect(try await client.request("DELETE", deleted).status == 204)
                #expect(try await client.createFolder("other", in: folder).status == 201)
                let id = good.suffix(32)
                let wrong = [
                    (400, whole), (400, folder), (400, "\(folder)/@upload"), (400, "http://evil.example\(good)"),
                    (400, "http://127.0.0.1:\(cluster.port(1))\(good)"), (400, "\(good)?x"), (410, deleted),
                    (404, "\(folder)/@upload/" + String(repeating: "0", count: 32)),
                    (404, "\(folder)/@upload/xyz"), (404, "\(folder)/other/@upload/\(id)"),
                    (404, "\(folder)/nowhere/@upload/\(id)"),
                ]
                for (status, url) in wrong {
                    let answer = try await Self.final(client, folder, [good, url])
                    #expect(answer.status == status, "\(url)")
                    let message = answer.errorMessage ?? ""
                    let part = "part 2, \"\(url.prefix(60))"
                    #expect(message.contains("Upload-Concat") && message.contains(part), "\(message)")
                }
                try await cluster.sql(
                    """
                    INSERT INTO account (name, password, role)
                    SELECT '\(folder.dropFirst())', password, 'Contributor' FROM account WHERE name = 'admin'
                    """)
                let ben = TusClient(port: cluster.port(0), credentials: "\(folder.dropFirst()):\(Cluster.password)")
                let own = try await Self.part(ben, folder, Data("abc".utf8))
                let refused = try await Self.final(ben, folder, [own, good])
                #expect((refused.status, refused.errorMessage?.contains("part 2, \"\(good)\"")) == (403, true))
                // The manager may use anybody's, from another folder, and say it in full.
                let url = "http://127.0.0.1:\(cluster.port(0))\(own)"
                #expect(try await Self.final(client, "\(folder)/other", [good, url]).status == 201)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func aMalformedFinalNamesTheHeader() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let part = try await Self.part(client, folder, Data("abc".utf8))
                for (fields, name) in [
                    (["Upload-Length": "3"], "Upload-Length"), (["Upload-Defer-Length": "1"], "Upload-Defer-Length"),
                    (["Upload-Concat": "final;"], "Upload-Concat"), (["Upload-Concat": "whole"], "Upload-Concat"),
                ] as [([String: String?], String)] {
                    let answer = try await Self.final(client, folder, [part], fields)
                    #expect((answer.status, answer.errorMessage?.contains(name)) == (400, true), "\(fields)")
                }
                let many = [String](repeating: part, count: 70_000 / part.utf8.count)
                let answer = try await Self.final(client, folder, many)
                #expect((answer.status, answer.errorMessage?.contains("Upload-Concat")) == (413, true))
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        @Test func partsThatAreTooLargeTogetherAreRefused() async throws {
            try await withCluster(serve: ["--max-size", "5"]) { cluster in
                let client = cluster.client()
                let part = try await Self.part(client, "", Data("abc".utf8))
                #expect(try await Self.final(client, "", [part, part]).status == 413)
                #expect(try await Self.final(client, "", [part]).status == 201)
            }
        }

        @Test func partsOfAllBytesThatThereAreDoNotOverflow() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let answer = try await client.create(
                    in: folder, length: .max, filename: "part", ["Upload-Concat": "partial"])
                let part = try #require(answer.location)
                #expect(try await Self.final(client, folder, [part, part]).status == 413)
                #expect(try await client.request("DELETE", part).status == 204)
            }
        }

        @Test func theQuotaCountsPartsUntilAnItemIsMadeOfThem() async throws {
            try await withCluster(serve: ["--quota-bytes", "6"]) { cluster in
                let client = cluster.client()
                let part = try await Self.part(client, "", Data("abcd".utf8))
                #expect(try await client.create(in: "", length: 3, filename: "b").status == 413)
                let upload = try #require(try await Self.final(client, "", [part]).location)
                #expect(try await Self.settled(client, upload).offset == 4)
                #expect(try await client.create(in: "", length: 3, filename: "b").status == 201)
            }
        }
    }
}
