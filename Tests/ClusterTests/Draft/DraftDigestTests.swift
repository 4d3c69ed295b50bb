import Digests
import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Digests in the draft (§10, RFC 9530).
    @Suite struct DraftDigests {
        /// Of "abcdefgh", and of "abcd".
        private static let whole = "sha-256=:nFbMUbN0w7oYkhDVttS/V3kNNRyWxHwCGQ7PHkMGNas=:"
        private static let first = "sha-256=:iNQmb9TmM40TuEX88olXnSCciXgjuSF9o+Fhk28DFYk=:"

        @Test func aWholeThatAgreesBecomesAnItemAndItsDigestIsTold() async throws {
            try await SharedCluster.use { cluster, folder in
                let final = try await DraftClient(cluster.client()).create(
                    in: folder, complete: true, body: Data("abcdefgh".utf8), ["Repr-Digest": Self.whole])
                #expect((final.status, final["Repr-Digest"]) == (201, Self.whole))
            }
        }

        @Test func aWholeThatDiffersFailsVisibly() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let created = try await client.create(
                    in: folder, complete: false, body: Data("abcd".utf8), ["Repr-Digest": Self.whole])
                let upload = try #require(created.location)
                let last = try await client.append(upload, Data("efgX".utf8), at: 4, complete: true)
                #expect((last.status, last["Upload-Complete"]) == (410, "?1"))
                #expect(last.detail.contains("Repr-Digest"))
                let head = try await DraftClient(cluster.client(1)).head(upload)
                #expect((head.status, head["Upload-Finalization"]) == (204, "failed"))
                #expect(head["Upload-Failure"]?.contains(Self.whole) == true)
                #expect(try await cluster.listed(folder) == 0)
            }
        }

        @Test func contentThatDiffersIsNotAppended() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let upload = try await client.newUpload(in: folder)
                let wrong = try await client.append(
                    upload, Data("abcX".utf8), at: 0, complete: true, ["Content-Digest": Self.first])
                #expect((wrong.status, wrong["Content-Type"]) == (400, "application/problem+json"))
                #expect(wrong.detail.contains("Content-Digest"))
                let head = try await client.head(upload)
                #expect((head.offset, head["Upload-Complete"]) == (0, "?0"))
                let right = try await client.append(
                    upload, Data("abcd".utf8), at: 0, complete: true, ["Content-Digest": Self.first])
                #expect(right.status == 201)
            }
        }

        @Test(arguments: ["Content-Digest", "Repr-Digest"])
        func aMalformedDigestIsNamed(field: String) async throws {
            try await SharedCluster.use { cluster, folder in
                let answer = try await DraftClient(cluster.client()).create(
                    in: folder, complete: true, body: Data("abcd".utf8), [field: "sha-256=abc"])
                #expect((answer.status, answer.detail.contains(field)) == (400, true))
            }
        }

        /// Nobody hashed it on its way: the finalizer reads it.
        @Test func aWantedDigestOfSeveralPartsIsToldAndToldAgain() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let body = Data("abcdefgh".utf8)
                let sum = Data(Digest.of(Array(body), by: .sha512)?.bytes ?? []).base64EncodedString()
                let created = try await client.create(
                    in: folder, complete: false, body: body.prefix(3), ["Want-Repr-Digest": "sha-512=9, sha-256=1"])
                let upload = try #require(created.location)
                let other = DraftClient(cluster.client(1))
                let last = try await other.append(upload, body.dropFirst(3), at: 3, complete: true)
                #expect((last.status, last["Repr-Digest"]) == (201, "sha-512=:\(sum):"))
                #expect(
                    try await client.append(upload, Data(), at: 8, complete: true)["Repr-Digest"] == "sha-512=:\(sum):")
            }
        }

        @Test func aWantedDigestIsTold() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = DraftClient(cluster.client())
                let final = try await client.create(
                    in: folder, complete: true, body: Data("abcdefgh".utf8),
                    ["Want-Repr-Digest": "sha-512=3, sha-256=10"])
                #expect((final.status, final["Repr-Digest"]) == (201, Self.whole))
                let plain = try await client.create(in: folder, complete: true, filename: "b", body: Data("x".utf8))
                #expect((plain.status, plain["Repr-Digest"]) == (201, nil))
            }
        }
    }
}
