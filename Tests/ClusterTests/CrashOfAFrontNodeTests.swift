import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// SIGKILL and SIGTERM of the front node that has the upload.
    @Suite struct EndOfAFrontNode {
        @Test func anUploadSurvivesTheKillOfItsNodeAndGoesOnAtAnother() async throws {
            try await withCluster(fronts: 2) { cluster in
                let bytes = TestBytes.make(24 << 20)
                let upload = try await cluster.client().newUpload(in: "", length: 24 << 20, filename: "big.bin")
                var acknowledged: Int64 = 0
                for round in 0..<2 {
                    let (holder, other) = (round % 2, 1 - round % 2)
                    let start = try await cluster.client(holder).offset(upload)
                    #expect(start >= acknowledged)
                    let connection = try await cluster.client(holder)
                        .beginPatch(upload, at: start, count: Int64(bytes.count) - start)
                    try await connection.send(bytes[start..<start + 5 << 20])
                    // A checkpoint makes the offset move while the request goes on; GET disturbs nobody.
                    try await eventually("a checkpoint") {
                        let shown = try await cluster.client(other).request("GET", upload).json["offset"] as? Int
                        acknowledged = max(acknowledged, Int64(shown ?? 0))
                        return acknowledged > start
                    }
                    try await connection.send(bytes[start + 5 << 20..<start + 6 << 20])
                    try await cluster.kill(front: holder)
                    let offset = try await cluster.client(other).offset(upload)
                    #expect(offset >= acknowledged)
                    acknowledged = offset
                    try await cluster.restart(front: holder)
                }
                let last = try await cluster.client(1).patch(
                    upload, bytes.dropFirst(Int(acknowledged)), at: acknowledged)
                #expect((last.status, last.location) == (204, "/big.bin"))
                #expect(try await cluster.client(0).download("/big.bin") == bytes)
                #expect(try await cluster.value("SELECT count(*) FROM item WHERE kind = 'File'") == "1")
            }
        }

        @Test func aKilledNodeStartsAgainWithoutALookAtWhatItHadOpen() async throws {
            try await withCluster { cluster in
                let bytes = TestBytes.make(4 << 20)
                let upload = try await cluster.client().newUpload(in: "", length: 4 << 20, filename: "a.bin")
                let connection = try await cluster.client().beginPatch(upload, at: 0, count: 4 << 20)
                try await connection.send(bytes.prefix(1 << 20))
                try await eventually("a checkpoint") { try await cluster.row(upload, "\"offset\"") != "0" }
                try await cluster.restart(front: 0)
                let offset = try await cluster.client().offset(upload)
                let last = try await cluster.client().patch(upload, bytes.dropFirst(Int(offset)), at: offset)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await cluster.client().download("/a.bin") == bytes)
            }
        }

        @Test func aStoppedNodeCommitsWhatItReceivedAndEnds() async throws {
            try await withCluster(fronts: 2) { cluster in
                let bytes = TestBytes.make(8 << 20)
                let upload = try await cluster.client().newUpload(in: "", length: 8 << 20, filename: "a.bin")
                let connection = try await cluster.client().beginPatch(upload, at: 0, count: 8 << 20)
                try await connection.send(bytes.prefix(3 << 20))
                try await eventually("the bytes on the volume") {
                    try await cluster.received(upload) == 3 << 20
                }
                try await cluster.kill(front: 0, SIGTERM)
                do {
                    #expect(try await connection.answer().status == 503)
                } catch HTTPConnection.Failure.closed {}
                // 75 when it had to be ended by `LastResort`.
                #expect(try await cluster.front(0).end() == .exited(0))
                #expect(try await cluster.row(upload, "lease_node IS NULL AND clean") == "t")
                #expect(try await cluster.client(1).offset(upload) == 3 << 20)
                let last = try await cluster.client(1).patch(upload, bytes.dropFirst(3 << 20), at: 3 << 20)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await cluster.client(1).download("/a.bin") == bytes)
            }
        }

        @Test func idleConnectionsDoNotKeepAStoppedNodeAlive() async throws {
            try await withCluster(finalizers: 1) { cluster in
                let connection = try await cluster.client().begin("OPTIONS", "/@upload")
                #expect(try await connection.answer().status == 204)
                let silent = try HTTPConnection.open(cluster.port(0))
                try await cluster.kill(front: 0, SIGTERM)
                try await cluster.kill(finalizer: 0, SIGTERM)
                #expect(try await cluster.front(0).end() == .exited(0))
                #expect(try await cluster.finalizer(0).end() == .exited(0))
                silent.end(reset: false)
            }
        }
    }
}
