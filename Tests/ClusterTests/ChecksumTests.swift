import Digests
import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// tus 1.0.0, Checksum: a body that is not what it should be leaves no trace.
    @Suite struct Checksums {
        private static let bytes = TestBytes.make(3 << 20)

        private static func field(_ algorithm: DigestAlgorithm, of bytes: Data) -> String {
            let digest = Digest.of(Array(bytes), by: algorithm)?.bytes ?? []
            return "\(algorithm) \(Data(digest).base64EncodedString())"
        }

        private static func patchFields(at offset: Int64, count: Int64?, _ checksum: String) -> [String: String?] {
            TusClient.patchFields(at: offset, count: count).merging(["Upload-Checksum": checksum]) { $1 }
        }

        private func expectMismatch(_ answer: Answer, sourceLocation: SourceLocation = #_sourceLocation) {
            #expect((answer.status, answer.errorType) == (460, "Checksum Mismatch"), sourceLocation: sourceLocation)
            #expect(answer.errorMessage?.contains("Upload-Checksum") == true, sourceLocation: sourceLocation)
            #expect(answer["Tus-Resumable"] == "1.0.0", sourceLocation: sourceLocation)
        }

        @Test func optionsAnnouncesTheExtensionsAndTheAlgorithms() async throws {
            try await SharedCluster.use { cluster, folder in
                let answer = try await cluster.client().request("OPTIONS", "\(folder)/@upload")
                let extensions = Set(answer["Tus-Extension"]?.split(separator: ",").map(String.init) ?? [])
                #expect(extensions.isSuperset(of: ["checksum", "checksum-trailer"]))
                #expect(answer["Tus-Checksum-Algorithm"] == "sha1,md5,sha256,sha512,crc32,crc32c")
            }
        }

        /// Wrong bytes at one node, then the right ones at the other, with every algorithm; the last byte too.
        @Test(arguments: DigestAlgorithm.allCases)
        func aMismatchCountsForNothingAndTheRightBytesGoOn(algorithm: DigestAlgorithm) async throws {
            try await SharedCluster.use { cluster, folder in
                let upload = try await cluster.client().newUpload(in: folder, length: 3 << 20, filename: "a.bin")
                var offset = 0
                for count in [1 << 20, 2 << 20] {
                    let part = Self.bytes.dropFirst(offset).prefix(count)
                    let fields = Self.patchFields(
                        at: Int64(offset), count: Int64(count), Self.field(algorithm, of: part))
                    let other = Data(part.dropLast()) + [part[part.endIndex - 1] ^ 1]
                    expectMismatch(try await cluster.client(0).request("PATCH", upload, fields, body: other))
                    #expect(try await cluster.client(1).offset(upload) == offset)
                    #expect(try await cluster.received(upload) == offset)
                    #expect(try await cluster.row(upload, "clean AND lease_node IS NULL") == "t")
                    let right = try await cluster.client(1).request("PATCH", upload, fields, body: Data(part))
                    offset += count
                    #expect((right.status, right.offset) == (204, Int64(offset)))
                }
                #expect(try await cluster.client().download("\(folder)/a.bin") == Self.bytes)
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test(arguments: DigestAlgorithm.allCases, [true, false])
        func aCreationWithOtherBytesCreatesNothing(algorithm: DigestAlgorithm, isWhole: Bool) async throws {
            try await SharedCluster.use { cluster, folder in
                let name = "\(algorithm)-\(isWhole)-\(folder.dropFirst()).bin"
                let length: Int64 = isWhole ? 6 : 9
                let sum = ["Upload-Checksum": Self.field(algorithm, of: Data("abcdef".utf8))]
                let files = try cluster.allChunkFiles()
                let wrong = try await cluster.client().create(
                    in: folder, length: length, filename: name, sum, body: Data("abcdeF".utf8))
                expectMismatch(wrong)
                #expect(wrong.location == nil)
                #expect(try await cluster.value("SELECT count(*) FROM upload WHERE filename = '\(name)'") == "0")
                #expect(try cluster.allChunkFiles() == files)
                let right = try await cluster.client().create(
                    in: folder, length: length, filename: name, sum, body: Data("abcdef".utf8))
                #expect((right.status, right.offset) == (201, 6))
                if isWhole { #expect(try await cluster.client().download("\(folder)/\(name)") == Data("abcdef".utf8)) }
            }
        }

        @Test func aMalformedChecksumIsRefusedBeforeTheBody() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                for value in ["sha384 AAAA", "sha1", "sha1 ***", "crc32 AAAAAAA=", ""] {
                    let fields = Self.patchFields(at: 0, count: 3, value)
                    let answer = try await client.request("PATCH", upload, fields, body: Data("abc".utf8))
                    #expect((answer.status, answer.errorType) == (400, "Bad Request"))
                    #expect(answer.errorMessage?.contains("Upload-Checksum") == true)
                    let created = try await client.create(
                        in: folder, length: 3, filename: "b.txt", ["Upload-Checksum": value], body: Data("abc".utf8))
                    #expect(created.status == 400)
                }
                #expect(try await client.offset(upload) == 0)
            }
        }

        @Test(arguments: [false, true], [false, true])
        func aCutBodyWithAChecksumCountsForNothing(byReset: Bool, chunked: Bool) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3 << 20, filename: "a.bin")
                #expect(try await client.patch(upload, Self.bytes.prefix(100), at: 0).status == 204)
                let rest = Data(Self.bytes.dropFirst(100))
                let fields = Self.patchFields(
                    at: 100, count: chunked ? nil : Int64(rest.count), Self.field(.sha256, of: rest))
                let connection = try await client.begin("PATCH", upload, fields)
                let half = Data(rest.prefix(1 << 20))
                if chunked { try await connection.sendChunk(half) } else { try await connection.send(half) }
                try await cluster.receive(100 + 1 << 20, of: upload)
                connection.end(reset: byReset)
                try await cluster.release(of: upload)
                #expect(try await cluster.client(1).offset(upload) == 100)
                #expect(try await cluster.received(upload) == 100)
                let last = try await cluster.client(1).request(
                    "PATCH", upload, Self.patchFields(at: 100, count: Int64(rest.count), Self.field(.md5, of: rest)),
                    body: rest)
                #expect((last.status, last.location) == (204, "\(folder)/a.bin"))
                #expect(try await client.download("\(folder)/a.bin") == Self.bytes)
            }
        }

        @Test func aCutCreationWithAChecksumLeavesNothing() async throws {
            try await SharedCluster.use { cluster, folder in
                let name = "cut-\(folder.dropFirst()).bin"
                let connection = try await cluster.client().begin(
                    "POST", "\(folder)/@upload",
                    [
                        "Upload-Length": "100", "Content-Length": "100", "Content-Type": TusClient.offsetStream,
                        "Upload-Metadata": TusClient.metadata(name),
                        "Upload-Checksum": Self.field(.sha1, of: Data("abc".utf8)),
                    ])
                try await connection.send(Data("abc".utf8))
                let counting = "SELECT count(*) FROM upload WHERE filename = '\(name)'"
                try await eventually("the row") { try await cluster.value(counting) == "1" }
                connection.end(reset: false)
                try await eventually("its end") { try await cluster.value(counting) == "0" }
            }
        }

        /// The checkpoints of a second's progress sync what came, and do not count it.
        @Test func aCheckedBodyIsNotCheckpointedAndKeepsItsLeaseUntilANewerRequestStopsIt() async throws {
            try await withCluster(fronts: 2, serve: ["--lease-seconds", "9"]) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 3 << 20, filename: "a.bin")
                let fields = Self.patchFields(at: 0, count: 3 << 20, Self.field(.sha512, of: Self.bytes))
                let connection = try await client.begin("PATCH", upload, fields)
                try await connection.send(Self.bytes.prefix(1 << 20))
                try await cluster.receive(1 << 20, of: upload)
                let first = try await cluster.row(upload, "lease_until")
                try await eventually("a longer lease") { try await cluster.row(upload, "lease_until") != first }
                #expect(try await cluster.row(upload, "\"offset\" = 0 AND lease_until > now()") == "t")
                #expect(try await cluster.client(1).offset(upload) == 0)
                #expect(try await connection.isClosedByPeer())
                let answer = try await cluster.client(1).request("PATCH", upload, fields, body: Self.bytes)
                #expect(answer.location == "/a.bin")
                #expect(try await client.download("/a.bin") == Self.bytes)
            }
        }

        @Test func aCheckedBodyThatAShutdownStopsCountsForNothing() async throws {
            try await withCluster(fronts: 2) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 3 << 20, filename: "a.bin")
                let fields = Self.patchFields(at: 0, count: 3 << 20, Self.field(.crc32c, of: Self.bytes))
                let connection = try await cluster.client().begin("PATCH", upload, fields)
                try await connection.send(Self.bytes.prefix(1 << 20))
                try await cluster.receive(1 << 20, of: upload)
                try await cluster.kill(front: 0, SIGTERM)
                #expect(try await connection.answer().status == 503)
                #expect(try await cluster.client(1).offset(upload) == 0)
                let answer = try await cluster.client(1).request("PATCH", upload, fields, body: Self.bytes)
                #expect(answer.location == "/a.bin")
            }
        }

        @Test func aDeferredLengthIsKeptOnlyWithABodyThatAgrees() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let created = try await client.create(
                    in: folder, length: 0, filename: "a.txt", ["Upload-Length": nil, "Upload-Defer-Length": "1"])
                let upload = try #require(created.location)
                for (sent, offset, count) in [("xyz", 0, 3), ("abc", 0, 3), ("xyz", 3, 3), ("def", 3, 3)] {
                    let part = Data("abcdef".utf8.dropFirst(offset).prefix(count))
                    let fields = Self.patchFields(at: Int64(offset), count: Int64(count), Self.field(.md5, of: part))
                    let told = fields.merging(["Upload-Length": "6"]) { $1 }
                    let answer = try await client.request("PATCH", upload, told, body: Data(sent.utf8))
                    #expect(answer.status == (sent == "xyz" ? 460 : 204))
                    let known = offset + (sent == "xyz" ? 0 : count) > 0
                    #expect(try await client.head(upload)["Upload-Length"] == (known ? "6" : nil))
                }
                #expect(try await client.download("\(folder)/a.txt") == Data("abcdef".utf8))
            }
        }

        @Test func theLastPatchMayBeRepeatedWithTheChecksumOfNoBytes() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                for (content, status) in [("", 204), ("x", 460)] {
                    let fields = Self.patchFields(at: 3, count: 0, Self.field(.sha1, of: Data(content.utf8)))
                    #expect(try await client.request("PATCH", upload, fields, body: Data()).status == status)
                }
            }
        }
    }
}

extension WholeProcesses {
    /// tus 1.0.0, Checksum: "If the hash cannot be calculated at the beginning of the upload, it MAY be included as a
    /// trailer."
    @Suite struct ChecksumTrailers {
        private static let body = Data("abcdef".utf8)

        /// A chunked PATCH of six bytes with these lines behind it.
        private func patch(
            _ client: TusClient, _ upload: String, _ trailers: [String], _ extra: [String: String?] = [:]
        ) async throws -> HTTPConnection {
            let fields = TusClient.patchFields(at: 0, count: nil).merging(["Trailer": "Upload-Checksum"]) { $1 }
            let connection = try await client.begin("PATCH", upload, fields.merging(extra) { $1 })
            try await connection.sendChunk(Self.body.prefix(2))
            try await connection.sendChunk(Self.body.dropFirst(2))
            let end = (["0"] + trailers + ["", ""]).joined(separator: "\r\n")
            try await connection.send(Data(end.utf8))
            return connection
        }

        private func field(_ algorithm: DigestAlgorithm, of bytes: Data) -> String {
            let digest = Digest.of(Array(bytes), by: algorithm)?.bytes ?? []
            return "Upload-Checksum: \(algorithm) \(Data(digest).base64EncodedString())"
        }

        @Test(arguments: DigestAlgorithm.allCases)
        func aDigestBehindTheBodyIsHeldAgainstIt(algorithm: DigestAlgorithm) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 6, filename: "a.txt")
                let wrong = try await patch(client, upload, [field(algorithm, of: Data("abcdeF".utf8))])
                #expect(try await wrong.answer().status == 460)
                #expect(try await client.offset(upload) == 0)
                #expect(try await cluster.received(upload) == 0)
                let right = try await patch(cluster.client(1), upload, ["X-Other: 1", field(algorithm, of: Self.body)])
                let answer = try await right.answer()
                #expect((answer.status, answer.location) == (204, "\(folder)/a.txt"))
                #expect(try await client.download("\(folder)/a.txt") == Self.body)
            }
        }

        @Test func anAnnouncedTrailerThatIsMissingOrMalformedIs400AndNothingCounts() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 6, filename: "a.txt")
                for trailers in [[], ["X-Other: 1"], ["Upload-Checksum: sha1 AAAA"], ["Upload-Checksum: sha384 AAAA"]] {
                    let answer = try await patch(client, upload, trailers).answer()
                    #expect((answer.status, answer.errorType) == (400, "Bad Request"))
                    #expect(answer.errorMessage?.contains("Upload-Checksum") == true)
                    #expect(try await client.offset(upload) == 0)
                }
                let both = field(.sha1, of: Self.body)
                let value = both.split(separator: ": ").last.map(String.init)
                let answer = try await patch(client, upload, [both], ["Upload-Checksum": value]).answer()
                #expect(answer.status == 400)
            }
        }

        @Test func aCreationMayBringItsDigestBehindItsBody() async throws {
            try await SharedCluster.use { cluster, folder in
                let name = "t-\(folder.dropFirst()).txt"
                for (content, status) in [("abcdeF", 460), ("abcdef", 201)] {
                    let connection = try await cluster.client().begin(
                        "POST", "\(folder)/@upload",
                        [
                            "Upload-Length": "6", "Transfer-Encoding": "chunked", "Trailer": "upload-checksum",
                            "Content-Type": TusClient.offsetStream, "Upload-Metadata": TusClient.metadata(name),
                        ])
                    try await connection.sendChunk(Data(content.utf8))
                    try await connection.send(Data("0\r\n\(field(.sha256, of: Self.body))\r\n\r\n".utf8))
                    #expect(try await connection.answer().status == status)
                    let count = try await cluster.value("SELECT count(*) FROM upload WHERE filename = '\(name)'")
                    #expect(count == (status == 201 ? "1" : "0"))
                }
            }
        }

        /// Each request gets the trailer of its own, also when the next one is sent before the answer.
        @Test func trailersOfPipelinedRequestsAreNotMixedUp() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let (one, other) = (
                    try await client.newUpload(in: folder, length: 6, filename: "a.txt"),
                    try await client.newUpload(in: folder, length: 6, filename: "b.txt")
                )
                let authorization = Data("admin:\(Cluster.password)".utf8).base64EncodedString()
                let text = [(one, Data("other!".utf8)), (other, Self.body)].map { upload, expected in
                    """
                    PATCH \(upload) HTTP/1.1\r
                    Host: 127.0.0.1\r
                    Authorization: Basic \(authorization)\r
                    Tus-Resumable: 1.0.0\r
                    Upload-Offset: 0\r
                    Content-Type: \(TusClient.offsetStream)\r
                    Transfer-Encoding: chunked\r
                    Trailer: Upload-Checksum\r
                    \r
                    6\r
                    abcdef\r
                    0\r
                    \(field(.md5, of: expected))\r
                    \r

                    """
                }
                let connection = try HTTPConnection.open(client.port)
                try await connection.send(Data(text.joined().utf8))
                #expect(try await connection.answer().status == 460)
                #expect(try await connection.answer().status == 204)
            }
        }
    }
}

extension Cluster {
    /// All chunk files of all uploads.
    func allChunkFiles() throws -> Set<String> {
        let names = FileManager.default.enumerator(atPath: "\(volume)/uploads")?.compactMap { $0 as? String } ?? []
        return Set(names.filter { $0.contains("/") })
    }
}
