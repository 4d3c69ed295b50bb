import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Two requests on one upload: the newer wins.
    @Suite struct NewerRequestWins {
        private static let half = TestBytes.make(1 << 20)

        /// A PATCH of 2 MiB at node 0 that hangs after the first.
        private func hangingPatch(
            _ cluster: Cluster, _ folder: String
        ) async throws -> (TusClient.Upload, HTTPConnection) {
            let upload = try await cluster.client().newUpload(in: folder, length: 2 << 20, filename: "a.bin")
            let connection = try await cluster.client().beginPatch(upload, at: 0, count: 2 << 20)
            try await connection.send(Self.half)
            try await cluster.receive(1 << 20, of: upload)
            return (upload, connection)
        }

        private func expectTheRestToBeTaken(_ cluster: Cluster, _ upload: String, at offset: Int64) async throws {
            let bytes = Self.half + TestBytes.make(1 << 20, seed: 2)
            let last = try await cluster.client(1).patch(upload, bytes.dropFirst(Int(offset)), at: offset)
            #expect(last.status == 204)
            #expect(try await cluster.client(1).download(try #require(last.location)) == bytes)
        }

        private func wasHandedOver(_ cluster: Cluster, _ upload: String) async throws -> Bool {
            try await cluster.row(upload, "cardinality(chunk_fences) = 1") == "t"
        }

        @Test(arguments: [0, 1])
        func headMakesAHangingPatchCommitAndLetGo(node: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let isClean = try await onceOfFive {
                    let (upload, connection) = try await hangingPatch(cluster, folder)
                    let offset = try await cluster.client(node).offset(upload)
                    #expect(try await connection.isClosedByPeer())
                    try await expectTheRestToBeTaken(cluster, upload, at: offset)
                    let isClean = try await wasHandedOver(cluster, upload)
                    return isClean && offset == 1 << 20
                }
                #expect(isClean)
            }
        }

        @Test(arguments: [0, 1])
        func aNewerPatchAtTheOffsetReachedTakesOver(node: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let isClean = try await onceOfFive {
                    let (upload, connection) = try await hangingPatch(cluster, folder)
                    let second = TestBytes.make(1 << 20, seed: 2)
                    let last = try await cluster.client(node).patch(upload, second, at: 1 << 20)
                    #expect(try await connection.isClosedByPeer())
                    // Fenced off, its holder had committed nothing: then the offset is another.
                    guard last.status == 204, try await wasHandedOver(cluster, upload) else { return false }
                    let item = try #require(last.location)
                    #expect(try await cluster.client(node).download(item) == Self.half + second)
                    return true
                }
                #expect(isClean)
            }
        }

        @Test(arguments: [0, 1])
        func deleteEndsAHangingPatch(node: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let (upload, connection) = try await hangingPatch(cluster, folder)
                #expect(try await cluster.client(node).request("DELETE", upload).status == 204)
                #expect(try await connection.isClosedByPeer())
                #expect(try await cluster.client(0).head(upload).status == 410)
            }
        }

        @Test func aPatchAtAWrongOffsetIsToldTheOneThatTheHolderReached() async throws {
            try await SharedCluster.use { cluster, folder in
                let isClean = try await onceOfFive {
                    let (upload, connection) = try await hangingPatch(cluster, folder)
                    let wrong = try await cluster.client(1).patch(upload, Data("x".utf8), at: 5)
                    #expect(wrong.status == 409)
                    connection.end(reset: false)
                    try await expectTheRestToBeTaken(cluster, upload, at: try #require(wrong.offset))
                    let isClean = try await wasHandedOver(cluster, upload)
                    return isClean && wrong.offset == 1 << 20
                }
                #expect(isClean)
            }
        }

        @Test func anotherUsersRequestDisturbsNobody() async throws {
            try await SharedCluster.use { cluster, folder in
                let (upload, connection) = try await hangingPatch(cluster, folder)
                let nobody = TusClient(port: cluster.port(1), credentials: nil)
                #expect(try await nobody.head(upload).status == 401)
                #expect(try await nobody.request("DELETE", upload).status == 401)
                try await connection.send(TestBytes.make(1 << 20, seed: 2))
                #expect(try await connection.answer().status == 204)
            }
        }

        @Test func aFrozenHolderIsFencedOffAndDoesNoHarmWhenItWakesUp() async throws {
            try await withCluster(fronts: 2) { cluster in
                let (upload, connection) = try await hangingPatch(cluster, "")
                try await eventually("a checkpoint") { try await cluster.row(upload, "\"offset\"") == "\(1 << 20)" }
                try await cluster.kill(front: 0, SIGSTOP)
                // More bytes, which the kernel takes but the frozen node has not seen.
                try await connection.send(Data(repeating: 0xEE, count: 64 << 10))
                let begin = ContinuousClock.now
                let offset = try await cluster.client(1).offset(upload)
                #expect(offset == 1 << 20)
                // Not that of its lease, which is 30 s.
                #expect(ContinuousClock.now - begin < .seconds(25))
                let second = TestBytes.make(1 << 20, seed: 2)
                let fields = TusClient.patchFields(at: offset, count: 1 << 20)
                let newer = try await cluster.client(1).begin("PATCH", upload, fields)
                try await newer.send(second.prefix(1 << 19))
                try await eventually("a checkpoint") {
                    try await cluster.row(upload, "\"offset\"") == "\(3 << 19)"
                }
                let row = "fence, \"offset\", state, chunk_fences, chunk_starts, lease_node"
                let before = try await cluster.row(upload, "row(\(row))::text")
                try await cluster.kill(front: 0, SIGCONT)
                #expect(try await connection.isClosedByPeer())
                #expect(try await cluster.row(upload, "row(\(row))::text") == before)
                try await newer.send(second.dropFirst(1 << 19))
                #expect(try await newer.answer().location == "/a.bin")
                #expect(try await cluster.client(0).download("/a.bin") == Self.half + second)
                #expect(try await cluster.value("SELECT count(*) FROM item WHERE kind = 'File'") == "1")
            }
        }

        @Test func requestsFromAllSidesAtOnceLeaveOneWholeFile() async throws {
            try await SharedCluster.use { cluster, folder in
                let bytes = TestBytes.make(4 << 20)
                let upload = try await cluster.client().newUpload(in: folder, length: 4 << 20, filename: "a.bin")
                let locations = try await withThrowingTaskGroup(of: String?.self) { group in
                    for writer in 0..<6 {
                        group.addTask { try await Self.race(cluster.client(writer % 2), upload, bytes) }
                    }
                    return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
                }
                #expect(locations == ["\(folder)/a.bin"])
                #expect(try await cluster.client().download("\(folder)/a.bin") == bytes)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        /// Uploads as if it were alone, beginning again wherever HEAD says; gives where the item stands.
        private static func race(_ client: TusClient, _ upload: String, _ bytes: Data) async throws -> String? {
            for _ in 0..<500 {
                do {
                    let offset = try await client.offset(upload)
                    let piece = bytes.dropFirst(Int(offset)).prefix(256 << 10)
                    let answer = try await client.patch(upload, Data(piece), at: offset)
                    if let location = answer.location { return location }
                    guard [204, 409, 503].contains(answer.status) else { throw UnexpectedAnswer(answer) }
                } catch HTTPConnection.Failure.closed {
                    // A newer request took it.
                }
            }
            return nil
        }
    }
}
