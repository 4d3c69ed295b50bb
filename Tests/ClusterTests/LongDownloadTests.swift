import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Files so long that they are sent without a copy, over plain HTTP/1.
    @Suite struct LongDownloads {
        private static let bytes = TestBytes.make(9 << 20)

        /// The path of an item with these bytes.
        private func publish(_ bytes: Data, _ cluster: Cluster, _ folder: String) async throws -> String {
            let client = cluster.client()
            let upload = try await client.newUpload(in: folder, length: Int64(bytes.count), filename: "long.bin")
            #expect(try await client.patch(upload, bytes, at: 0).status == 204)
            #expect(try await client.download("\(folder)/long.bin") == bytes)
            return "\(folder)/long.bin/@@download/file"
        }

        @Test func everyRangeHasItsBytes() async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await publish(Self.bytes, cluster, folder)
                for range in [0..<9 << 20, 1..<(4 << 20) + 7, (2 << 20) - 1..<4 << 20, 17..<18] {
                    let field = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
                    let answer = try await cluster.client().request("GET", path, ["Range": field])
                    #expect(answer.status == 206 && answer.body == Self.bytes[range], "\(field)")
                }
                let head = try await cluster.client().request("HEAD", path)
                #expect((head.status, head["Content-Length"], head.body.count) == (200, "\(9 << 20)", 0))
            }
        }

        @Test func rangesAndTheirHeadsComeInTheirOrder() async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await publish(Self.bytes, cluster, folder)
                let fields = ["Range": "bytes=0-3,1000-4194303,4194304-4194310"]
                let answer = try await cluster.client().request("GET", path, fields)
                let boundary = try #require(answer["Content-Type"]?.split(separator: "=").last)
                var expected = Data()
                for (first, last) in [(0, 3), (1000, 4_194_303), (4_194_304, 4_194_310)] {
                    expected += Data(
                        """
                        \r\n--\(boundary)\r\nContent-Type: application/octet-stream\r
                        Content-Range: bytes \(first)-\(last)/\(9 << 20)\r\n\r\n
                        """.utf8)
                    expected += Self.bytes[first...last]
                }
                expected += Data("\r\n--\(boundary)--\r\n".utf8)
                #expect(answer.status == 206 && answer.body == expected)
            }
        }

        @Test func oneConnectionHasOneFileAfterTheOther() async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await publish(Self.bytes, cluster, folder)
                let fields = [
                    "Host": "a",
                    "Authorization": "Basic " + Data("admin:\(Cluster.password)".utf8).base64EncodedString(),
                ]
                let connection = try HTTPConnection.open(cluster.port(0))
                for _ in 0..<3 {
                    try await connection.sendHead("GET", path, fields.map { ($0, $1) })
                    #expect(try await connection.answer().body == Self.bytes)
                }
            }
        }

        @Test(arguments: [false, true]) func aClientThatLeavesIsNoHarm(byReset: Bool) async throws {
            try await SharedCluster.use { cluster, folder in
                let path = try await publish(Self.bytes, cluster, folder)
                for _ in 0..<20 {
                    let connection = try await cluster.client().begin("GET", path)
                    #expect(try await connection.interim().status == 200)
                    connection.end(reset: byReset)
                }
                #expect(try await cluster.client().request("GET", path).body == Self.bytes)
            }
        }

        @Test func aFileThatLosesBytesOnItsWayEndsTheConnection() async throws {
            try await SharedCluster.use { cluster, folder in
                // More than the buffers of both ends take.
                let length = (32 << 20) + 4711
                let path = try await publish(TestBytes.make(length), cluster, folder)
                let connection = try await cluster.client().begin("GET", path)
                #expect(try await connection.interim()["Content-Length"] == "\(length)")
                let blobs = cluster.volume + "/blobs/"
                let names = try FileManager.default.subpathsOfDirectory(atPath: blobs)
                let name = try #require(
                    names.first { name in
                        let size = try? FileManager.default.attributesOfItem(atPath: blobs + name)[.size] as? Int
                        return size == length
                    })
                #expect(truncate(blobs + name, 1000) == 0)
                #expect(try await connection.isClosedByPeer(within: .seconds(60)))
                #expect(try await cluster.client().request("OPTIONS", "/@upload").status == 204)
            }
        }
    }
}
