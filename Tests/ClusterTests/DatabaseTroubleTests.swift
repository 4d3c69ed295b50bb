import FaultHarness
import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// PostgreSQL that goes away and comes back. Each test has a server of its own.
    @Suite struct DatabaseTrouble {
        @Test(arguments: [false, true])
        func aBodyGoesOnThroughARestartOfTheDatabase(immediate: Bool) async throws {
            let server = try await PostgresServer.start(durable: true)
            // Longer than the server may take to stop and start.
            try await withCluster(serve: ["--lease-seconds", "120"], server: server) { cluster in
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

        /// One request of every kind that needs the database, all at once.
        private func askEverything(_ client: TusClient, _ upload: TusClient.Upload) async throws -> [Answer] {
            async let head = client.head(upload)
            async let patch = client.patch(upload, Data("defgh".utf8), at: 3)
            async let creation = client.create(in: "", length: 1, filename: "b", body: Data("x".utf8))
            async let show = client.request("GET", upload)
            async let item = client.request("GET", "/")
            async let folder = client.createFolder("folder")
            return try await [head, patch, creation, show, item, folder]
        }

        private func expectUnavailable(_ answers: [Answer]) {
            for answer in answers {
                #expect(answer.status == 503)
                #expect(answer["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
            }
        }

        private func startedUpload(_ client: TusClient) async throws -> TusClient.Upload {
            let upload = try await client.newUpload(in: "", length: 8, filename: "a.txt")
            #expect(try await client.patch(upload, Data("abc".utf8), at: 0).status == 204)
            return upload
        }

        private func expectRecovery(_ cluster: Cluster, _ upload: TusClient.Upload) async throws {
            let client = cluster.client()
            try await eventually("readiness") { try await cluster.readiness().status == 200 }
            #expect(try await client.offset(upload) == 3)
            let last = try await client.patch(upload, Data("defgh".utf8), at: 3)
            #expect((last.status, last.location) == (204, "/a.txt"))
            #expect(try await client.download("/a.txt") == Data("abcdefgh".utf8))
        }

        @Test func aFrozenDatabaseIsAnsweredForWhenAStatementMayHaveTakenAsLongAsItMay() async throws {
            let server = try await PostgresServer.start()
            try await withCluster(server: server) { cluster in
                let upload = try await startedUpload(cluster.client())
                try server.pause()
                expectUnavailable(try await askEverything(cluster.client(), upload))
                #expect(try await cluster.readiness().status == 503)
                try server.resume()
                try await expectRecovery(cluster, upload)
            }
        }

        @Test func withAllConnectionsTakenByOthersANodeSaysSoAndComesBackByItself() async throws {
            let server = try await PostgresServer.start(connections: 40)
            try await withCluster(server: server) { cluster in
                let upload = try await startedUpload(cluster.client())
                let crowd = Crowd(server)
                try await eventually("a full server without us") { try await crowd.pushOut() }
                expectUnavailable(try await askEverything(cluster.client(), upload))
                let readiness = try await cluster.readiness()
                #expect(readiness.status == 503)
                #expect(String(decoding: readiness.body, as: UTF8.self).contains("database"))
                await crowd.leave()
                try await expectRecovery(cluster, upload)
            }
        }

        /// As a failover looks from a node: for 20 s there is nobody to connect to.
        @Test func duringAFailoverBodiesGoOnAndOthersAreToldToComeBack() async throws {
            let server = try await PostgresServer.start()
            let relay = try DatabaseRelay(to: server.port)
            defer { relay.end() }
            let leases = ["--lease-seconds", "120"]
            try await withCluster(serve: leases, server: server, databasePort: relay.port) { cluster in
                let bytes = TestBytes.make(6 << 20)
                let client = cluster.client()
                let waiting = try await startedUpload(client)
                let upload = try await client.newUpload(in: "", length: 6 << 20, filename: "b.bin")
                let connection = try await client.beginPatch(upload, at: 0, count: 6 << 20)
                try await connection.send(bytes.prefix(2 << 20))
                try await eventually("a checkpoint") { try await cluster.row(upload, "\"offset\"") == "\(2 << 20)" }
                relay.refuse(for: .seconds(20))
                try await eventually("the begin of it") { try await client.head(waiting).status == 503 }
                try await connection.send(bytes.dropFirst(2 << 20).prefix(2 << 20))
                try await cluster.receive(4 << 20, of: upload)
                try await eventually("the end of it") {
                    let (answers, readiness) = (
                        try await askEverything(client, waiting), try await cluster.readiness()
                    )
                    // What was asked in the last moment of it may have been answered after it.
                    guard relay.isRefusing else { return true }
                    expectUnavailable(answers)
                    #expect(readiness.status == 503)
                    return false
                }
                try await connection.send(bytes.dropFirst(4 << 20))
                let last = try await connection.answer()
                #expect((last.status, last.offset, last.location) == (204, 6 << 20, "/b.bin"))
                #expect(try await client.download("/b.bin") == bytes)
                try await eventually("readiness") { try await cluster.readiness().status == 200 }
                let offset = try await client.offset(waiting)
                #expect(offset == 3 || offset == 8)
            }
        }

        @Test func throughASlowDatabaseUploadsArrive() async throws {
            let relay = try DatabaseRelay(to: try await PostgresServer.shared().port)
            defer { relay.end() }
            try await withCluster(fronts: 2, databasePort: relay.port) { cluster in
                relay.delay(by: .milliseconds(150))
                let bytes = TestBytes.make(2 << 20)
                let begin = ContinuousClock.now
                let upload = try await cluster.client().newUpload(in: "", length: 2 << 20, filename: "a.bin")
                #expect(ContinuousClock.now - begin >= .milliseconds(300), "a statement goes there and comes back")
                let first = try await cluster.client().patch(upload, Data(bytes.prefix(1 << 20)), at: 0)
                #expect((first.status, first.offset) == (204, 1 << 20))
                #expect(try await cluster.client(1).offset(upload) == 1 << 20)
                let last = try await cluster.client(1).patch(upload, bytes.dropFirst(1 << 20), at: 1 << 20)
                #expect((last.status, last.location) == (204, "/a.bin"))
                #expect(try await cluster.client().download("/a.bin") == bytes)
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
