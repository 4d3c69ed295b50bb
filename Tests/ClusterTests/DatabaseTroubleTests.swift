import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// PostgreSQL that goes away and comes back. Each test has a server of its own.
    @Suite struct DatabaseTrouble {
        @Test(arguments: [false, true])
        func aBodyGoesOnThroughARestartOfTheDatabase(immediate: Bool) async throws {
            let server = try await PostgresServer.start(durable: true)
            try await withCluster(server: server) { cluster in
                let bytes = TestBytes.make(8 << 20)
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 8 << 20, filename: "a.bin")
                let connection = try await client.beginPatch(upload, at: 0, count: 8 << 20)
                try await connection.send(bytes.prefix(2 << 20))
                try await eventually("a checkpoint") { try await cluster.row(upload, "\"offset\"") != "0" }
                try await server.stop(immediate: immediate)
                try await connection.send(bytes.dropFirst(2 << 20).prefix(2 << 20))
                try await cluster.receive(4 << 20, of: upload)
                try await server.startAgain()
                try await connection.send(bytes.dropFirst(4 << 20))
                let last = try await connection.answer()
                #expect((last.status, last.offset, last.location) == (204, 8 << 20, "/a.bin"))
                try await eventually("the item") { try await client.request("GET", "/a.bin").status == 200 }
                #expect(try await client.download("/a.bin") == bytes)
            }
        }

        @Test func withoutADatabaseEveryRequestSaysSoAndNothingAcknowledgedIsLost() async throws {
            let server = try await PostgresServer.start(durable: true)
            try await withCluster(fronts: 2, server: server) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 8, filename: "a.txt")
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
                try await server.stop(immediate: true)
                for answer in [
                    try await client.head(upload), try await client.patch(upload, Data("defgh".utf8), at: 3),
                    try await client.create(in: "", length: 1, filename: "b"), try await client.request("GET", upload),
                    try await client.request("DELETE", upload), try await client.request("GET", "/"),
                ] {
                    #expect(answer.status == 503)
                    #expect(answer["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
                }
                #expect(try await client.request("OPTIONS", "/@upload").status == 204)
                try await server.startAgain()
                try await eventually("the recovery") { try await client.head(upload).status == 200 }
                #expect(try await client.offset(upload) == 3)
                try await eventually("the other node's recovery") {
                    try await cluster.client(1).head(upload).status == 200
                }
                let last = try await cluster.client(1).patch(upload, Data("defgh".utf8), at: 3)
                #expect((last.status, last.location) == (204, "/a.txt"))
                // The finalizer's connection has come back as well.
                try await eventually("the item") { try await client.request("GET", "/a.txt").status == 200 }
                #expect(try await client.download("/a.txt") == Data("abcdefgh".utf8))
                #expect(cluster.front(0).isAlive && cluster.front(1).isAlive && cluster.finalizer(0).isAlive)
            }
        }

        @Test func aFrozenDatabaseIsAnsweredFor() async throws {
            let server = try await PostgresServer.start()
            try await withCluster(fronts: 1, server: server) { cluster in
                let client = cluster.client()
                let upload = try await client.newUpload(in: "", length: 3, filename: "a.txt")
                try server.pause()
                #expect(try await client.head(upload).status == 503)
                try server.resume()
                try await eventually("the recovery") { try await client.head(upload).status == 200 }
                #expect(try await client.patch(upload, Data("abc".utf8), at: 0).location == "/a.txt")
            }
        }

        @Test func aNodeEndsWithoutADatabase() async throws {
            let server = try await PostgresServer.start()
            try await withCluster(fronts: 1, server: server) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 3, filename: "a.txt")
                let connection = try await cluster.client().beginPatch(upload, at: 0, count: 3)
                try await connection.send(Data("ab".utf8))
                try await cluster.receive(2, of: upload)
                try await server.stop(immediate: true)
                try await cluster.kill(front: 0, SIGTERM)
                try await cluster.kill(finalizer: 0, SIGTERM)
                _ = try await cluster.front(0).end()
                #expect(try await cluster.finalizer(0).end() == .exited(0))
            }
        }
    }
}
