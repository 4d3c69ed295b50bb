import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Connections that end in the middle of a body.
    @Suite struct CutConnections {
        @Test(arguments: [false, true], [false, true])
        func whatArrivedBeforeTheCutCounts(byReset: Bool, chunked: Bool) async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(4 << 20)
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 4 << 20, filename: "a.bin")
                let connection = try await client.beginPatch(upload, at: 0, count: chunked ? nil : 4 << 20)
                let half = Data(bytes.prefix(1 << 20))
                if chunked { try await connection.sendChunk(half) } else { try await connection.send(half) }
                // After a RST the kernel throws away what the server has not read yet, so it is to have read it.
                try await cluster.receive(1 << 20, of: upload)
                connection.end(reset: byReset)
                // Not by a request for it: a holder that is slow to notice would lose its claim after 2 s.
                try await cluster.release(of: upload)
                #expect(try await cluster.client(1).offset(upload) == 1 << 20)
                let last = try await cluster.client(1).patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((last.status, last.location) == (204, "\(folder)/a.bin"))
                #expect(try await client.download("\(folder)/a.bin") == bytes)
            }
        }

        @Test func aCutWithoutARequestAfterItIsCommittedByItself() async throws {
            try await SharedCluster.use { cluster, folder in
                let upload = try await cluster.client().newUpload(in: folder, length: 100, filename: "a.bin")
                let connection = try await cluster.client().beginPatch(upload, at: 0, count: 100)
                try await connection.send(Data("abc".utf8))
                // Nor by one that has no claim yet: then it may give way, as below.
                try await cluster.receive(3, of: upload)
                connection.end(reset: false)
                try await cluster.release(of: upload)
                #expect(try await cluster.row(upload, "\"offset\"") == "3")
            }
        }

        /// Its client may have asked another node for the offset meanwhile.
        @Test func whoWasHeldUpBeforeItsClaimAndIsGoneGivesWay() async throws {
            try await withCluster(finalizers: 0) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 100, filename: "a.bin")
                let connection = try await cluster.withUploadsLocked {
                    let connection = try await cluster.client().beginPatch(upload, at: 0, count: 100)
                    try await connection.send(Data("abc".utf8))
                    connection.finish()
                    // Twice of what `Arrivals` lets pass without a look at the client.
                    try await cluster.someoneWantsUploads(for: 200)
                    return connection
                }
                #expect(try await connection.isClosedByPeer())
                #expect(try await cluster.row(upload, "fence = 0 AND \"offset\" = 0") == "t")
                #expect(try await cluster.client().patch(upload, Data("abc".utf8), at: 0).status == 204)
            }
        }

        @Test func aCutCreationLeavesAnUploadThatNobodyHolds() async throws {
            try await SharedCluster.use { cluster, folder in
                let connection = try await cluster.client().begin(
                    "POST", "\(folder)/@upload",
                    [
                        "Upload-Length": "1048576", "Content-Length": "1048576", "Content-Type": TusClient.offsetStream,
                        "Upload-Metadata": TusClient.metadata("cut.bin"),
                    ])
                try await connection.send(Data("abc".utf8))
                connection.end(reset: false)
                try await eventually("the release") {
                    try await cluster.value(
                        """
                        SELECT "offset" = 3 AND lease_node IS NULL FROM upload WHERE filename = 'cut.bin'
                        """) == "t"
                }
            }
        }

        @Test func anUploadThatIsCutAtRandomArrivesWhole() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(16 << 20)
                let upload = try await cluster.client().newUpload(in: folder, length: 16 << 20, filename: "a.bin")
                var random = Seeded(state: 11)
                var (offset, furthest): (Int64, Int64) = (0, 0)
                for round in 0..<200 where offset < bytes.count {
                    let count = Int.random(in: 1...3 << 20, using: &random)
                    let rest = Int64(bytes.count) - offset
                    let connection = try await cluster.client(round % 2).beginPatch(upload, at: offset, count: rest)
                    furthest = max(furthest, min(offset + Int64(count), Int64(bytes.count)))
                    do {
                        try await connection.send(bytes.dropFirst(Int(offset)).prefix(count))
                    } catch HTTPConnection.Failure.closed {
                        // The server had not seen an earlier one yet, and that is the newer request for it.
                    }
                    if count < rest { connection.end(reset: Bool.random(using: &random)) }
                    let next = try await cluster.client(Int.random(in: 0...1, using: &random)).offset(upload)
                    #expect(next >= offset && next <= furthest)
                    offset = next
                }
                #expect(offset == bytes.count)
                let last = try await cluster.client().patch(upload, Data(), at: offset)
                #expect((last.status, last.location) == (204, "\(folder)/a.bin"))
                #expect(try await cluster.client().download("\(folder)/a.bin") == bytes)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func aChunkedBodyThatIsTooLongNeverCompletesTheUpload() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 8, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                let connection = try await client.beginPatch(upload, at: 3, count: nil)
                try await connection.sendChunk(Data("defghi".utf8))
                try await connection.sendChunk(Data())
                let refused = try await connection.answer()
                #expect((refused.status, refused.errorType) == (400, "Bad Request"))
                #expect(try await client.offset(upload) == 3)
                #expect(try await cluster.listed(folder) == 0)
                let last = try await cluster.client(1).patch(upload, Data("defgh".utf8), at: 3)
                #expect((last.status, last.location) == (204, "\(folder)/a.txt"))
                #expect(try await client.download("\(folder)/a.txt") == Data("abcdefgh".utf8))
            }
        }

        @Test func aChunkedCreationThatIsTooLongIsRefusedWithoutACheckpoint() async throws {
            try await SharedCluster.use { cluster, folder in
                let connection = try await cluster.client().begin(
                    "POST", "\(folder)/@upload",
                    [
                        "Upload-Length": "3", "Transfer-Encoding": "chunked", "Content-Type": TusClient.offsetStream,
                        "Upload-Metadata": TusClient.metadata("long.bin"),
                    ])
                try await connection.sendChunk(Data("abcdef".utf8))
                try await connection.sendChunk(Data())
                #expect(try await connection.answer().status == 400)
                #expect(try await cluster.listed(folder) == 0)
                let counting = "SELECT count(*) FROM upload WHERE filename = 'long.bin' AND lease_node IS NOT NULL"
                #expect(try await cluster.value(counting) == "0")
            }
        }

        @Test func aChunkedBodyWithoutEndKeepsItsBytesWhenItIsHungUp() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 6, filename: "a.txt")
                let connection = try await client.beginPatch(upload, at: 0, count: nil)
                // All of the upload's bytes, but not the body's end. The last byte counts only together with the job,
                // so it may be asked for again; or the upload is complete.
                try await connection.sendChunk(Data("abcdef".utf8))
                try await cluster.receive(6, of: upload)
                connection.finish()
                try await eventually("the release") { try await cluster.row(upload, "lease_node IS NULL") == "t" }
                let offset = try await cluster.client(1).offset(upload)
                #expect(offset >= 5)
                let rest = Data("abcdef".utf8.dropFirst(Int(offset)))
                let last = try await cluster.client(1).patch(upload, rest, at: offset)
                #expect((last.status, last.location) == (204, "\(folder)/a.txt"))
                #expect(try await client.download("\(folder)/a.txt") == Data("abcdef".utf8))
            }
        }
    }
}

/// SplitMix64: the same numbers in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
