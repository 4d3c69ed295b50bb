import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Small uploads whose bytes all come with their creation: one statement makes them, once the bytes are safe.
    @Suite struct WholeUploads {
        private static let bytes = TestBytes.make(60_000)

        @Test func aWholeUploadIsAnItemWithItsCreation() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let answer = try await client.create(
                    in: folder, length: 60_000, filename: "whole.bin", body: Self.bytes)
                #expect(answer.status == 201 && answer.offset == 60_000)
                #expect(try await client.download("\(folder)/whole.bin") == Self.bytes)
                let upload = try #require(answer.location)
                #expect(try await cluster.client(1).offset(upload) == 60_000)
                // Its end may be repeated, and makes nothing new.
                #expect(try await cluster.client(1).patch(upload, Data(), at: 60_000).status == 204)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func aPatchThatBringsAllIsAnItemWithItsAnswer() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let created = try await client.create(in: folder, length: 60_000, filename: "patched.bin")
                let upload = try #require(created.location)
                #expect(try await client.patch(upload, Self.bytes, at: 0).status == 204)
                #expect(try await client.download("\(folder)/patched.bin") == Self.bytes)
                #expect(try await cluster.client(1).patch(upload, Data(), at: 60_000).status == 204)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func wholePatchesAtOnceMakeOneItem() async throws {
            try await SharedCluster.use { cluster, folder in
                for round in 0..<10 {
                    let created = try await cluster.client().create(
                        in: folder, length: 60_000, filename: "raced-\(round).bin")
                    let upload = try #require(created.location)
                    let statuses = try await withThrowingTaskGroup(of: Int?.self) { group in
                        for number in 0..<4 {
                            // One that gave way has its connection closed without an answer.
                            group.addTask {
                                try? await cluster.client(number % 2).patch(upload, Self.bytes, at: 0).status
                            }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(statuses.allSatisfy { [204, 409, nil].contains($0) }, "\(statuses)")
                    // Each may have given way to a newer one: then the upload goes on as any other.
                    let offset = try await cluster.client().offset(upload)
                    if offset < 60_000 {
                        let rest = Self.bytes.dropFirst(Int(offset))
                        #expect(try await cluster.client().patch(upload, Data(rest), at: offset).status == 204)
                    }
                    try await eventually("it is one item") { try await cluster.listed(folder) == round + 1 }
                    #expect(try await cluster.client().download("\(folder)/raced-\(round).bin") == Self.bytes)
                }
            }
        }

        @Test func oneWhoseBodyIsCutIsAnUploadAsAnyOther() async throws {
            try await SharedCluster.use { cluster, folder in
                let fields: [String: String?] = [
                    "Upload-Length": "60000", "Content-Length": "60000", "Content-Type": TusClient.offsetStream,
                ]
                let connection = try await cluster.client().begin(
                    "POST", "\(folder)/@upload", fields, and: Self.bytes.prefix(1000))
                connection.finish()
                #expect(try await connection.isClosedByPeer())
                let offset = try await cluster.value(
                    """
                    SELECT "offset" FROM upload JOIN item ON item.id = upload.folder_id
                    WHERE item.name = '\(folder.dropFirst())'
                    """)
                #expect(offset == "1000")
            }
        }

        @Test func manyAtOnceOfOneNameAreItemsOfTheirOwn() async throws {
            try await SharedCluster.use { cluster, folder in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<20 {
                        let client = cluster.client(number % 2)
                        group.addTask {
                            try await client.create(
                                in: folder, length: 1000, filename: "same.txt", body: Self.bytes.prefix(1000)
                            ).status
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses == Array(repeating: 201, count: 20))
                try await eventually("all are listed") { try await cluster.listed(folder) == 20 }
            }
        }
    }
}
