import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// A volume that is full, read-only or not there.
    @Suite(.enabled(if: Mount.obstacle == nil, "\(Mount.obstacle ?? "")")) struct VolumeTrouble {
        private func withVolume(_ mebibytes: Int, _ body: (Cluster) async throws -> Void) async throws {
            var path = ""
            defer { Mount.remove(path) }
            try await withCluster(fronts: 2, serve: ["--min-free-bytes", "0"]) { volume in
                path = volume
                try Mount.tmpfs(at: volume, mebibytes: mebibytes)
            } _: { cluster in
                try await body(cluster)
            }
        }

        @Test func whatWasWrittenToAVolumeThatFillsUpCountsAndItGoesOnWhenThereIsRoom() async throws {
            try await withVolume(6) { cluster in
                let bytes = TestBytes.make(5 << 20)
                let client = cluster.client()
                let filler = Data(count: 2 << 20)
                try filler.write(to: URL(fileURLWithPath: cluster.volume + "/filler"))
                let upload = try await client.newUpload(in: "", length: 5 << 20, filename: "a.bin")
                let full = try await client.patch(upload, bytes, at: 0)
                #expect((full.status, full.errorType) == (507, "Insufficient Storage"))
                let offset = try await cluster.client(1).offset(upload)
                #expect(offset > 2 << 20 && offset < 5 << 20)
                let again = try await cluster.client(1).patch(upload, bytes.dropFirst(Int(offset)), at: offset)
                #expect(again.status == 507)
                #expect(try await cluster.client(1).offset(upload) >= offset)
                try FileManager.default.removeItem(atPath: cluster.volume + "/filler")
                let next = try await client.offset(upload)
                let last = try await client.patch(upload, bytes.dropFirst(Int(next)), at: next)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await client.download("/a.bin") == bytes)
            }
        }

        @Test func aReadOnlyVolumeIsSaidToBeAwayAndLosesNothing() async throws {
            try await withVolume(16) { cluster in
                let bytes = TestBytes.make(2 << 20)
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 2 << 20, filename: "a.bin")
                #expect(try await client.patch(upload, Data(bytes.prefix(1 << 20)), at: 0).status == 204)
                try Mount.setReadOnly(cluster.volume, true)
                let refused = try await client.patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((refused.status, refused.errorType) == (503, "Service Unavailable"))
                #expect(refused["Retry-After"] != nil)
                #expect(try await cluster.client(1).offset(upload) == 1 << 20)
                try await cluster.startFront()
                #expect(cluster.front(2).log.contains("error tussock-front: the volume takes no write"))
                #expect(cluster.front(2).log.contains("mount the volume read-write and let this process's user own it"))
                #expect(try await cluster.readiness(2).status == 503)
                try Mount.setReadOnly(cluster.volume, false)
                try await eventually("the third node") { try await cluster.readiness(2).status == 200 }
                let last = try await cluster.client(1).patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await client.download("/a.bin") == bytes)
            }
        }

        @Test func anEmptyFolderInTheVolumesPlaceTakesNothingAndLosesNothing() async throws {
            try await withCluster(fronts: 2, serve: ["--min-free-bytes", "0"]) { cluster in
                let bytes = TestBytes.make(2 << 20)
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 2 << 20, filename: "a.bin")
                #expect(try await client.patch(upload, Data(bytes.prefix(1 << 20)), at: 0).status == 204)
                let fresh = try await client.newUpload(in: "", length: 3, filename: "b.txt")
                // An empty file system over it is what an unmounted volume looks like.
                try Mount.tmpfs(at: cluster.volume, mebibytes: 16)
                defer { Mount.remove(cluster.volume) }
                let refused = try await client.patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((refused.status, refused.errorType) == (503, "Service Unavailable"))
                #expect(try await client.patch(fresh, Data("abc".utf8), at: 0).status == 503)
                #expect(try await cluster.client(1).offset(upload) == 1 << 20)
                #expect(try FileManager.default.contentsOfDirectory(atPath: cluster.volume) == [])
                Mount.remove(cluster.volume)
                let last = try await cluster.client(1).patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await client.download("/a.bin") == bytes)
                #expect(try await client.patch(fresh, Data("abc".utf8), at: 0).location == "/b.txt")
            }
        }

        @Test func aFinalizerWaitsForAVolumeThatIsAway() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 3, filename: "a.txt")
                try await cluster.startFinalizer()
                try await cluster.kill(finalizer: 0, SIGSTOP)
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).location == "/a.txt")
                try Mount.tmpfs(at: cluster.volume, mebibytes: 16)
                defer { Mount.remove(cluster.volume) }
                try await cluster.kill(finalizer: 0, SIGCONT)
                try await eventually("an attempt") {
                    try await cluster.value("SELECT count(*) FROM job_attempt WHERE result IS NOT NULL") != "0"
                }
                // Nothing is lost by an unmounted volume, so nothing may be given up for lost.
                #expect(try await cluster.value("SELECT state FROM job") == "retrying")
                Mount.remove(cluster.volume)
                // It would look again after 30 s.
                try await cluster.sql("UPDATE job SET next_at = now()")
                try await eventually("the item") { try await client.request("GET", "/a.txt").status == 200 }
                #expect(try await client.download("/a.txt") == Data("abc".utf8))
            }
        }

        @Test func belowTheLeastFreeSpaceNewBytesAreRefusedBeforeTheyAreRead() async throws {
            try await withCluster(serve: ["--min-free-bytes", "\(Int64.max)"]) { cluster in
                let client = cluster.client()
                let created = try await client.create(in: "", length: 3, filename: "a.txt")
                #expect((created.status, created.errorType) == (507, "Insufficient Storage"))
                #expect(try await cluster.value("SELECT count(*) FROM upload") == "0")
            }
        }
    }
}
