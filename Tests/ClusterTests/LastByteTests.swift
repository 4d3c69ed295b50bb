import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// The request with the last byte, and what may come after it.
    @Suite struct LastByte {
        @Test func aRepeatedLastPatchGivesTheSameAnswerAndNoSecondItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let upload = try await cluster.client().newUpload(in: folder, length: 3, filename: "a.txt")
                let last = try await cluster.client().patch(upload, Data("abc".utf8), at: 0)
                #expect(last.location == "\(folder)/a.txt")
                for node in [0, 1, 0] {
                    let again = try await cluster.client(node).patch(upload, Data(), at: 3)
                    #expect((again.status, again.offset, again.location) == (204, 3, last.location))
                }
                let head = try await cluster.client(1).head(upload)
                #expect((head.status, head.offset, head.location) == (200, 3, last.location))
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func clientsThatRepeatTheLastPatchDoNotCutEachOtherOff() async throws {
            try await withCluster(
                fronts: 2, finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "3"]
            ) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 3, filename: "a.txt")
                let first = try await cluster.client().beginPatch(upload, at: 0, count: 3)
                try await first.send(Data("abc".utf8))
                try await eventually("the last byte") { try await cluster.row(upload, "state") == "complete" }
                for node in [0, 1] {
                    #expect(try await cluster.client(node).head(upload).location == "/a.txt")
                    let again = try await cluster.client(node).patch(upload, Data(), at: 3)
                    #expect((again.status, again.location) == (204, "/a.txt"))
                }
                #expect(try await first.answer().location == "/a.txt")
                #expect(try await cluster.value("SELECT count(*) FROM job") == "1")
            }
        }

        @Test func aLastPatchWhoseNodeIsKilledBeforeItAnswersCanBeRepeatedElsewhere() async throws {
            try await withCluster(
                fronts: 2, finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "30"]
            ) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 3, filename: "a.txt")
                let connection = try await cluster.client().beginPatch(upload, at: 0, count: 3)
                try await connection.send(Data("abc".utf8))
                try await eventually("the last byte") { try await cluster.row(upload, "state") == "complete" }
                try await cluster.kill(front: 0)
                #expect(try await connection.isClosedByPeer())
                #expect(try await cluster.client(1).offset(upload) == 3)
                try await cluster.startFinalizer()
                try await eventually("the item") { try await cluster.client(1).request("GET", "/a.txt").status == 200 }
                let again = try await cluster.client(1).patch(upload, Data(), at: 3)
                #expect((again.status, again.location) == (204, "/a.txt"))
                #expect(try await cluster.value("SELECT count(*) FROM item WHERE kind = 'File'") == "1")
            }
        }

        @Test func anUploadOfNoBytesIsCompleteWhenItIsCreated() async throws {
            try await SharedCluster.use { cluster, folder in
                let created = try await cluster.client().create(in: folder, length: 0, filename: "empty.txt")
                #expect(created.status == 201)
                #expect(created["Link"]?.hasSuffix("\(folder)/empty.txt>; rel=\"item\"") == true)
                let upload = try #require(created.location)
                let head = try await cluster.client(1).head(upload)
                #expect((head.status, head.offset, head.location) == (200, 0, "\(folder)/empty.txt"))
                #expect(try await cluster.client(1).download("\(folder)/empty.txt") == Data())
                #expect(try await cluster.client().patch(upload, Data(), at: 0).location == "\(folder)/empty.txt")
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func aCreationWithAllBytesNamesUploadAndItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(1_000_000)
                let created = try await cluster.client().create(
                    in: folder, length: 1_000_000, filename: "a.bin", endpoint: "@tus-upload", body: bytes)
                #expect((created.status, created.offset) == (201, 1_000_000))
                #expect(created["Link"]?.hasSuffix("\(folder)/a.bin>; rel=\"item\"") == true)
                let upload = try #require(created.location)
                #expect(upload.hasPrefix("\(folder)/@tus-upload/"))
                #expect(try await cluster.client(1).head(upload).location == "\(folder)/a.bin")
                #expect(try await cluster.client(1).download("\(folder)/a.bin") == bytes)
            }
        }

        @Test func aCreationWithSomeBytesGoesOnAtAnotherNode() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(1_000_000)
                let created = try await cluster.client().create(
                    in: folder, length: 1_000_000, filename: "a.bin", body: Data(bytes.prefix(300_000)))
                #expect((created.status, created.offset, created["Link"]) == (201, 300_000, nil))
                #expect(created["Upload-Expires"] != nil)
                let upload = try #require(created.location)
                let last = try await cluster.client(1).patch(upload, bytes.dropFirst(300_000), at: 300_000)
                #expect(last.location == "\(folder)/a.bin")
                #expect(try await cluster.client().download("\(folder)/a.bin") == bytes)
            }
        }

        @Test func uploadsOfOneNameGetItemsOfTheirOwn() async throws {
            try await SharedCluster.use { cluster, folder in
                let locations = try await withThrowingTaskGroup(of: String?.self) { group in
                    for writer in 0..<8 {
                        group.addTask {
                            let client = cluster.client(writer % 2)
                            let upload = try await client.newUpload(in: folder, length: 1, filename: "a.txt")
                            return try await client.patch(upload, Data("\(writer)".utf8), at: 0).location
                        }
                    }
                    return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
                }
                let others = (1...7).map { "\(folder)/a-\($0).txt" }
                #expect(locations == Set(["\(folder)/a.txt"] + others))
                #expect(try await cluster.listed(folder) == 8)
            }
        }

        @Test(arguments: ["@tus-replace", "@upload-replace"])
        func aFileThatIsReplacedServesItsOldBytesUntilTheNewArePublished(endpoint: String) async throws {
            try await withCluster(finalizers: 1, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let client = cluster.client()
                let old = try await client.create(in: "", length: 3, filename: "a.txt", body: Data("old".utf8))
                #expect(old.status == 201)
                try await eventually("the item") { try await client.request("GET", "/a.txt").status == 200 }
                try await cluster.kill(finalizer: 0)
                let created = try await client.create(in: "/a.txt", length: 5, filename: "b.txt", endpoint: endpoint)
                let name = endpoint == "@tus-replace" ? "@tus-upload" : "@upload"
                let upload = try #require(created.location)
                #expect(upload.hasPrefix("/a.txt/\(name)/"))
                #expect(try await client.download("/a.txt") == Data("old".utf8))
                let last = try await client.patch(upload, Data("newer".utf8), at: 0)
                #expect((last.status, last.location, last["Upload-Finalization"]) == (204, "/a.txt", "pending"))
                #expect(try await client.download("/a.txt") == Data("old".utf8))
                #expect(try await client.request("GET", "/a.txt").status == 200)
                try await cluster.startFinalizer()
                try await eventually("the new bytes") { try await client.download("/a.txt") == Data("newer".utf8) }
                #expect(try await cluster.listed("/") == 1)
            }
        }
    }
}
