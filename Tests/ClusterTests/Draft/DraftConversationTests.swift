import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// The HTTP draft as its examples go, over two nodes.
    @Suite struct DraftConversation {
        @Test func aWholeUploadInOneRequestBecomesAnItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(1_000_000)
                let fields = DraftClient.creation(
                    complete: true, filename: "a.bin", length: 1_000_000, count: 1_000_000)
                let (interim, final) = try await DraftClient(cluster.client())
                    .conversation("POST", "\(folder)/@upload", fields, body: bytes)
                let announcement = try #require(interim.first)
                #expect(announcement.status == 104)
                #expect(announcement["Upload-Draft-Interop-Version"] == "8")
                #expect(announcement["Upload-Limit"]?.hasPrefix("max-age=") == true)
                let upload = try #require(announcement.location)
                #expect(upload.hasPrefix("\(folder)/@upload/"))
                #expect((final.status, final["Upload-Complete"]) == (201, "?1"))
                #expect(final.location == "\(folder)/a.bin")
                #expect(final.json["id"] as? String == "a.bin")
                #expect((final.json["file"] as? [String: Any])?["size"] as? Int == 1_000_000)
                #expect(try await cluster.client(1).download("\(folder)/a.bin") == bytes)
                let head = try await DraftClient(cluster.client(1)).head(upload)
                #expect((head.status, head["Upload-Complete"], head.offset) == (204, "?1", 1_000_000))
                #expect((head["Upload-Length"], head.location) == ("1000000", "\(folder)/a.bin"))
            }
        }

        @Test func partsOfAnUnknownLengthGoToTwoNodes() async throws {
            try await SharedCluster.use { cluster, folder in
                let clients = [DraftClient(cluster.client(0)), DraftClient(cluster.client(1))]
                let bytes = TestBytes.make(900)
                let created = try await clients[0].create(
                    in: folder, complete: false, filename: "s.bin", body: Data(bytes.prefix(300)))
                #expect((created.status, created["Upload-Complete"], created.offset) == (201, "?0", 300))
                #expect(created["Upload-Limit"] != nil)
                let upload = try #require(created.location)
                let head = try await clients[1].head(upload)
                #expect((head.status, head.offset, head["Upload-Complete"]) == (204, 300, "?0"))
                #expect(head["Upload-Length"] == nil)
                #expect(head["Upload-Limit"] != nil && head["Cache-Control"] == "no-store")
                let part = try await clients[1].append(upload, Data(bytes[300..<600]), at: 300, complete: false)
                #expect((part.status, part["Upload-Complete"], part.offset) == (204, "?0", 600))
                let last = try await clients[0].append(upload, Data(bytes[600...]), at: 600, complete: true)
                #expect((last.status, last["Upload-Complete"], last.location) == (201, "?1", "\(folder)/s.bin"))
                #expect(try await cluster.client().download("\(folder)/s.bin") == bytes)
                #expect(try await cluster.row(upload, "length") == "900")
            }
        }

        @Test func anUploadAtItsLengthIsCompleteOnlyWhenItsClientSaysSo() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                let part = try await client.append(upload, Data("abc".utf8), at: 0, complete: false)
                #expect((part.status, part.offset) == (204, 3))
                let head = try await DraftClient(cluster.client(1)).head(upload)
                #expect((head["Upload-Complete"], head.offset, head["Upload-Length"]) == ("?0", 3, "3"))
                #expect(try await cluster.listed(folder) == 0)
                let last = try await client.append(upload, Data(), at: 3, complete: true)
                #expect((last.status, last.location) == (201, "\(folder)/a.txt"))
                #expect(try await cluster.client().download("\(folder)/a.txt") == Data("abc".utf8))
            }
        }

        @Test(arguments: [true, false])
        func anEmptyUploadIsAnItemWhenItIsSaidToBeComplete(atOnce: Bool) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let final: Answer
                if atOnce {
                    final = try await client.create(in: folder, complete: true, filename: "e")
                } else {
                    let upload = try await client.newUpload(in: folder, filename: "e")
                    final = try await client.append(upload, Data(), at: 0, complete: true)
                }
                #expect((final.status, final.location) == (201, "\(folder)/e"))
                #expect(try await cluster.client().download("\(folder)/e") == Data())
            }
        }

        @Test func theFinalResponseIsGivenAgainAndMakesNoSecondItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, filename: "a.txt")
                let first = try await client.append(upload, Data("abc".utf8), at: 0, complete: true)
                for node in [1, 0] {
                    let again = try await DraftClient(cluster.client(node)).append(
                        upload, Data(), at: 3, complete: true)
                    #expect((again.status, again.location, again["Upload-Complete"]) == (201, first.location, "?1"))
                    #expect(again.body.isEmpty == false)
                }
                let chunked = DraftClient.append(at: 3, complete: true, count: nil)
                let connection = try await client.begin("PATCH", upload, chunked)
                try await connection.sendChunk(Data())
                #expect(try await connection.answer().location == first.location)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func aCompleteUploadTakesNoMore() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, filename: "a.txt")
                #expect(try await client.append(upload, Data("abc".utf8), at: 0, complete: true).status == 201)
                let more = try await client.append(upload, Data("d".utf8), at: 3, complete: true)
                #expect((more.status, more.problem) == (400, "inconsistent-upload-length"))
                let chunked = DraftClient.append(at: 3, complete: true, count: nil)
                let connection = try await client.begin("PATCH", upload, chunked)
                try await connection.sendChunk(Data("d".utf8))
                #expect(try await connection.answer().problem == "inconsistent-upload-length")
                let open = try await client.append(upload, Data(), at: 3, complete: false)
                #expect((open.status, open.problem) == (400, "completed-upload"))
                let old = try await client.append(upload, Data("abc".utf8), at: 0, complete: true)
                #expect((old.status, old.problem, old.offset) == (409, "mismatching-upload-offset", 3))
                #expect(try await client.request("DELETE", upload).status == 204)
                let gone = try await client.append(upload, Data(), at: 3, complete: true)
                #expect((gone.status, gone.problem) == (410, "completed-upload"))
                #expect(try await cluster.client().download("\(folder)/a.txt") == Data("abc".utf8))
            }
        }

        @Test func deleteCancelsAnUpload() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder, length: 9)
                #expect(try await DraftClient(cluster.client(1)).request("DELETE", upload).status == 204)
                #expect(try await client.head(upload).status == 410)
                let append = try await client.append(upload, Data("abc".utf8), at: 0, complete: false)
                #expect((append.status, append["Content-Type"]) == (410, "application/problem+json"))
                #expect(try await client.request("DELETE", upload).status == 410)
            }
        }

        @Test(arguments: ["@upload-replace", "@tus-replace"])
        func aFileIsReplacedThroughTheDraftToo(endpoint: String) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                #expect(try await client.create(in: folder, complete: true, body: Data("old".utf8)).status == 201)
                let fields = DraftClient.creation(complete: true, filename: "b.bin", count: 5)
                let final = try await client.request(
                    "POST", "\(folder)/a.bin/\(endpoint)", fields, body: Data("newer".utf8))
                #expect((final.status, final.location) == (201, "\(folder)/a.bin"))
                #expect(try await cluster.client().download("\(folder)/a.bin") == Data("newer".utf8))
            }
        }

        @Test func nameAndTypeComeFromTheCreationsFields() async throws {
            try await SharedCluster.use { cluster, folder in
                let fields = [
                    "Content-Disposition": "inline; filename=\"x.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt",
                    "Content-Type": "text/plain; charset=utf-8",
                ]
                let final = try await DraftClient(cluster.client()).create(
                    in: folder, complete: true, body: Data("hi".utf8), fields)
                let file = final.json["file"] as? [String: Any]
                #expect(file?["filename"] as? String == "grüße.txt")
                #expect(file?["content-type"] as? String == "text/plain; charset=utf-8")
            }
        }

        @Test func theFinalizersDelayAndFailureAreTold() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: "", filename: "a.txt")
                let late = try await client.append(upload, Data("abc".utf8), at: 0, complete: true)
                #expect((late.status, late.location, late["Upload-Finalization"]) == (201, "/a.txt", "pending"))
                #expect((late.json["job"] as? [String: Any])?["state"] as? String == "queued")
                #expect(try await client.head(upload)["Upload-Finalization"] == "pending")
                try FileManager.default.removeItem(atPath: "\(cluster.volume)/uploads")
                try await cluster.startFinalizer()
                try await eventually("the failure") { try await cluster.row(upload, "state") == "failed" }
                let failed = try await client.append(upload, Data(), at: 3, complete: true)
                #expect((failed.status, failed["Upload-Complete"]) == (410, "?1"))
                #expect(failed["Content-Type"] == "application/problem+json")
                let head = try await client.head(upload)
                #expect((head.status, head["Upload-Complete"], head["Upload-Finalization"]) == (204, "?1", "failed"))
            }
        }
    }
}
