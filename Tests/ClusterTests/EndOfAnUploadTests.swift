import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// DELETE and expiry.
    @Suite struct EndOfAnUpload {
        private func expectGone(_ client: TusClient, _ upload: TusClient.Upload) async throws {
            #expect(try await client.head(upload).status == 410)
            for answer in [
                try await client.patch(upload, Data("x".utf8), at: 0), try await client.request("GET", upload),
                try await client.request("DELETE", upload),
            ] {
                #expect((answer.status, answer.errorType) == (410, "Gone"))
            }
        }

        @Test func aDeletedUploadIsGoneOnEveryNode() async throws {
            try await SharedCluster.use { cluster, folder in
                let upload = try await cluster.client().newUpload(in: folder, length: 8, filename: "a.txt")
                #expect(try await cluster.client().patch(upload, Data("abc".utf8), at: 0).status == 204)
                let answer = try await cluster.client(1).request("DELETE", upload)
                #expect((answer.status, answer["Tus-Resumable"]) == (204, "1.0.0"))
                try await expectGone(cluster.client(0), upload)
                try await expectGone(cluster.client(1), upload)
            }
        }

        @Test func deletingAFinishedUploadLeavesItsItem() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 3, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                #expect(try await client.request("DELETE", upload).status == 204)
                try await expectGone(client, upload)
                #expect(try await client.download("\(folder)/a.txt") == Data("abc".utf8))
                #expect(try await cluster.listed(folder) == 1)
            }
        }

        @Test func deletingACompleteUploadBeforeItIsPublishedLeavesItsItem() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 3, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).location == "/a.txt")
                #expect(try await client.request("DELETE", upload).status == 204)
                #expect(try await client.head(upload).status == 410)
                try await cluster.startFinalizer()
                try await eventually("the item") { try await client.request("GET", "/a.txt").status == 200 }
                #expect(try await client.download("/a.txt") == Data("abc".utf8))
            }
        }

        @Test func anUploadExpiresWhenTheSettingSays() async throws {
            try await withCluster(finalizers: 0, serve: ["--expire-after", "1"]) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 8, filename: "a.txt")
                try await eventually("the expiry") { try await cluster.client().head(upload).status == 410 }
                try await expectGone(cluster.client(), upload)
            }
        }

        /// As if its time had passed: a test that waits for it instead is too late for other things on a slow machine.
        private func age(_ upload: TusClient.Upload, _ cluster: Cluster) async throws {
            try await cluster.sql("UPDATE upload SET expires_at = now() WHERE id = '\(upload.suffix(32))'")
        }

        @Test func anExpiredUploadIsGoneAndItsFilesAreSwept() async throws {
            try await withCluster { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 8, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                try await age(upload, cluster)
                try await expectGone(client, upload)
                // The sweeper comes every 10 s.
                try await eventually("the chunk files' end") { cluster.chunkFiles(upload).isEmpty }
                #expect(try await cluster.row(upload, "state") == "expired")
                try await expectGone(client, upload)
            }
        }

        @Test func bytesProlongAnUploadsLifeAndHeadDoesNot() async throws {
            try await withCluster(finalizers: 0, serve: ["--expire-after", "3600"]) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 3, filename: "a.txt")
                let connection = try await client.beginPatch(upload, at: 0, count: 3)
                try await eventually("the claim") { try await cluster.row(upload, "lease_node IS NOT NULL") == "t" }
                // A writer that is at work keeps its upload, however long it takes.
                try await age(upload, cluster)
                try await connection.send(Data("ab".utf8))
                connection.end(reset: false)
                try await eventually("the release") { try await cluster.row(upload, "lease_node IS NULL") == "t" }
                let before = try await client.head(upload)
                #expect((before.status, before.offset) == (200, 2))
                let expiry = try await cluster.row(upload, "expires_at")
                #expect(try await cluster.row(upload, "expires_at > now() + interval '30 min'") == "t")
                #expect(try await client.head(upload).status == 200)
                #expect(try await cluster.row(upload, "expires_at") == expiry)
            }
        }
    }
}
