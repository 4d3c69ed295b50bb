import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Nodes that end, and older requests that give way, in the draft.
    @Suite struct DraftHandover {
        private static let bytes = TestBytes.make(2 << 20)
        private static let half: Int64 = 1 << 20

        /// An append of 2 MiB at node 0 that hangs after the first.
        private func hangingAppend(
            _ cluster: Cluster, _ folder: String
        ) async throws -> (TusClient.Upload, HTTPConnection) {
            let client = DraftClient(cluster.client())
            let upload = try await client.newUpload(in: folder)
            let connection = try await client.beginAppend(upload, at: 0, complete: true, count: 2 << 20)
            try await connection.send(Self.bytes.prefix(Int(Self.half)))
            try await cluster.receive(Self.half, of: upload)
            return (upload, connection)
        }

        @Test(arguments: [0, 1])
        func offsetRetrievalEndsAnOlderRequestAndItsOffsetIsAccepted(node: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client(node))
                let isClean = try await onceOfFive {
                    let (upload, connection) = try await hangingAppend(cluster, folder)
                    let head = try await client.head(upload)
                    #expect(head["Upload-Complete"] == "?0")
                    #expect(try await connection.isClosedByPeer())
                    let offset = try #require(head.offset)
                    let rest = Data(Self.bytes.dropFirst(Int(offset)))
                    let last = try await client.append(upload, rest, at: offset, complete: true)
                    #expect(last.status == 201)
                    #expect(try await cluster.client().download(try #require(last.location)) == Self.bytes)
                    return offset == Self.half
                }
                #expect(isClean)
            }
        }

        @Test(arguments: [0, 1])
        func aNewerAppendTakesOver(node: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let isClean = try await onceOfFive {
                    let (upload, connection) = try await hangingAppend(cluster, folder)
                    let rest = Data(Self.bytes.dropFirst(Int(Self.half)))
                    let last = try await DraftClient(cluster.client(node))
                        .append(upload, rest, at: Self.half, complete: true)
                    #expect(try await connection.isClosedByPeer())
                    guard last.status != 409 else { return false }
                    #expect(last.location == "\(folder)/a.bin")
                    #expect(try await cluster.client().download("\(folder)/a.bin") == Self.bytes)
                    return true
                }
                #expect(isClean)
            }
        }

        @Test(arguments: [0, 1])
        func cancellationEndsAnOlderRequest(node: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let (upload, connection) = try await hangingAppend(cluster, folder)
                #expect(try await DraftClient(cluster.client(node)).request("DELETE", upload).status == 204)
                #expect(try await connection.isClosedByPeer())
                #expect(try await DraftClient(cluster.client()).head(upload).status == 410)
            }
        }

        @Test func anUploadGoesOnAtAnotherNodeWhenItsNodeIsKilledInMidBody() async throws {
            try await withCluster(fronts: 2) { cluster in
                let client = DraftClient(cluster.client())
                let connection = try await client.begin(
                    "POST", "/@upload", DraftClient.creation(complete: true, count: 2 << 20))
                let upload = try #require(try await connection.interim().location)
                try await connection.send(Self.bytes.prefix(Int(Self.half)))
                let told = try #require(try await connection.interim().offset)
                try await cluster.kill(front: 0)
                let other = DraftClient(cluster.client(1))
                let offset = try await other.offset(upload)
                #expect(offset >= told)
                let rest = Data(Self.bytes.dropFirst(Int(offset)))
                let last = try await other.append(upload, rest, at: offset, complete: true)
                #expect((last.status, last.location) == (201, "/a.bin"))
                #expect(try await cluster.client(1).download("/a.bin") == Self.bytes)
                #expect(try await cluster.value("SELECT count(*) FROM item WHERE kind = 'File'") == "1")
            }
        }

        @Test func curlUploadsInOneRequest() async throws {
            try await SharedCluster.use { cluster, folder in
                let file = cluster.folder.path + "/curl-\(UInt32.random(in: .min ... .max))"
                try Self.bytes.write(to: URL(fileURLWithPath: file))
                let curl = try SpawnedProcess(
                    "curl-\(UInt32.random(in: .min ... .max))", "/usr/bin/curl",
                    [
                        "-sSi", "-u", "admin:\(Cluster.password)", "-T", file, "-X", "POST", "-H",
                        "Upload-Complete: ?1",
                        "-H", "Upload-Draft-Interop-Version: 8", "-H", "Content-Type: application/octet-stream",
                        "-H", "Content-Disposition: inline; filename=\"curl.bin\"",
                        "http://127.0.0.1:\(cluster.port(0))\(folder)/@upload",
                    ], environment: [:], folder: cluster.folder.path)
                #expect(try await curl.end() == .exited(0))
                #expect(curl.output.hasPrefix("HTTP/1.1 104 Upload Resumption Supported"))
                #expect(curl.output.contains("HTTP/1.1 201 Created"))
                #expect(try await cluster.client(1).download("\(folder)/curl.bin") == Self.bytes)
            }
        }
    }
}
