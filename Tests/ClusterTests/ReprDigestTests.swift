import Digests
import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// RFC 9530: a digest of the whole upload, and of what is downloaded.
    @Suite struct ReprDigests {
        private static let bytes = TestBytes.make(1 << 20)

        private static func field(_ algorithm: DigestAlgorithm, of bytes: Data) -> String {
            let digest = Digest.of(Array(bytes), by: algorithm)?.bytes ?? []
            return "\(algorithm == .sha256 ? "sha-256" : "sha-512")=:\(Data(digest).base64EncodedString()):"
        }

        private func expectSum(
            _ cluster: Cluster, _ item: String, _ sum: String?, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            for fields: [String: String?] in [[:], ["Range": "bytes=3-9"]] {
                let answer = try await cluster.client().request("GET", item + "/@@download/file", fields)
                #expect(answer["Repr-Digest"] == sum, sourceLocation: sourceLocation)
            }
        }

        @Test(arguments: [[1 << 20], [1000, (1 << 20) - 1000]])
        func aDigestGivenAtTheCreationIsVerifiedAndServed(counts: [Int]) async throws {
            try await SharedCluster.use { cluster, folder in
                let sum = Self.field(.sha256, of: Self.bytes)
                let created = try await cluster.client().create(
                    in: folder, length: 1 << 20, filename: "a.bin",
                    ["Repr-Digest": "\(Self.field(.sha512, of: Self.bytes)), x=1, \(sum)"])
                let upload = try #require(created.location)
                var offset = 0
                for (index, count) in counts.enumerated() {
                    let part = Self.bytes.dropFirst(offset).prefix(count)
                    #expect(
                        try await cluster.client(index % 2).patch(upload, Data(part), at: Int64(offset)).status == 204)
                    offset += count
                }
                // Of one request it was hashed on the way, of two the finalizer read it.
                #expect(try await cluster.client().download("\(folder)/a.bin") == Self.bytes)
                try await expectSum(cluster, "\(folder)/a.bin", sum)
            }
        }

        @Test func aDigestGivenWithTheLastPatchIsVerifiedAndOneThatContradictsTheCreationIs400() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let sum = Self.field(.sha256, of: Self.bytes)
                for givenBefore in [false, true] {
                    let created = try await client.create(
                        in: folder, length: 1 << 20, filename: "\(givenBefore).bin",
                        givenBefore ? ["Repr-Digest": sum] : [:])
                    let upload = try #require(created.location)
                    #expect(try await client.patch(upload, Self.bytes.prefix(1000), at: 0).status == 204)
                    let rest = Data(Self.bytes.dropFirst(1000))
                    let fields = TusClient.patchFields(at: 1000, count: Int64(rest.count))
                    let other = fields.merging(["Repr-Digest": Self.field(.sha256, of: Data())]) { $1 }
                    if givenBefore {
                        let answer = try await client.request("PATCH", upload, other, body: rest)
                        #expect(answer.status == 400 && answer.errorMessage?.contains("Repr-Digest") == true)
                    }
                    let last = try await client.request(
                        "PATCH", upload, fields.merging(["Repr-Digest": sum]) { $1 }, body: rest)
                    #expect((last.status, last.location) == (204, "\(folder)/\(givenBefore).bin"))
                    try await expectSum(cluster, "\(folder)/\(givenBefore).bin", sum)
                }
            }
        }

        @Test func aMalformedDigestIs400AndAnUnknownOneIsIgnored() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                for value in ["sha-256", "sha-256=:AAAA:", "sha-512=5"] {
                    let answer = try await client.create(
                        in: folder, length: 3, filename: "a.txt", ["Repr-Digest": value])
                    #expect(answer.status == 400 && answer.errorMessage?.contains("Repr-Digest") == true)
                }
                let created = try await client.create(
                    in: folder, length: 3, filename: "a.txt", ["Repr-Digest": "md5=:AAAA:"], body: Data("abc".utf8))
                #expect(created.status == 201)
                try await expectSum(cluster, "\(folder)/a.txt", nil)
            }
        }

        /// In one request (hashed on the way) and in two (read by the finalizer) alike.
        @Test(arguments: [1, 2]) func aMismatchFailsTheUploadVisibly(requests: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let expected = Self.field(.sha256, of: Data("abcdeF".utf8))
                let created = try await client.create(
                    in: folder, length: 6, filename: "a.txt", ["Repr-Digest": expected])
                let upload = try #require(created.location)
                if requests == 2 { #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204) }
                let offset = try await client.offset(upload)
                let last = try await client.patch(upload, Data("abcdef".utf8.dropFirst(Int(offset))), at: offset)
                #expect((last.status, last["Upload-Finalization"]) == (204, "failed"))
                let head = try await client.head(upload)
                #expect((head.status, head.offset, head["Upload-Finalization"]) == (200, 6, "failed"))
                #expect(head["Upload-Failure"]?.contains(expected) == true)
                let shown = try await client.request("GET", upload).json
                #expect(shown["state"] as? String == "failed")
                #expect((shown["reason"] as? String)?.contains(expected) == true)
                let job = shown["job"] as? [String: Any]
                #expect(job?["state"] as? String == "dead")
                #expect((job?["error"] as? [String: Any])?["class"] as? String == "digest-mismatch")
                let item = try await client.request("GET", "\(folder)/a.txt", ["Accept": "application/json"])
                #expect(item.status == 410)
                #expect(String(decoding: item.body, as: UTF8.self).contains("Repr-Digest"))
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        @Test func aChecksumOfTheWholeInOneRequestIsServedToo() async throws {
            try await SharedCluster.use { cluster, folder in
                let body = Data("abcdef".utf8)
                let digest = Digest.of(Array(body), by: .sha256)?.bytes ?? []
                let answer = try await cluster.client().create(
                    in: folder, length: 6, filename: "a.txt",
                    ["Upload-Checksum": "sha256 \(Data(digest).base64EncodedString())"], body: body)
                #expect(answer.status == 201)
                try await expectSum(cluster, "\(folder)/a.txt", Self.field(.sha256, of: body))
            }
        }
    }
}
