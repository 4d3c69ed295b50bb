import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// What `/metrics` of running processes says of what they did.
    @Suite struct Metrics {
        @Test func theFiguresAgreeWithWhatWasDone() async throws {
            try await withCluster(fronts: 2) { cluster in
                let client = cluster.client()
                for name in ["a.txt", "b.txt"] {
                    let created = try await client.create(in: "", length: 3, filename: name, body: Data("abc".utf8))
                    #expect(created.status == 201)
                }
                let bytes = TestBytes.make(2 << 20)
                let upload = try await client.newUpload(in: "", length: 2 << 20, filename: "c.bin")
                let hanging = try await client.beginPatch(upload, at: 0, count: 2 << 20)
                try await hanging.send(bytes.prefix(1 << 20))
                try await cluster.receive(1 << 20, of: upload)
                #expect(try await cluster.scrape(cluster.front(0))["tussock_uploads_active"] == 1)
                // Two who wait for the same claim, at the two nodes.
                async let asked = cluster.client(0).offset(upload)
                async let askedToo = cluster.client(1).offset(upload)
                let offset = try await asked
                #expect(try await askedToo == offset)
                let rest = Data(bytes.dropFirst(Int(offset)))
                #expect(try await cluster.client(1).patch(upload, rest, at: offset).status == 204)
                for name in ["a.txt", "b.txt", "c.bin"] {
                    try await eventually("the item") { try await client.request("GET", "/\(name)").status == 200 }
                }
                #expect(try await client.download("/c.bin") == bytes)
                let item = #"method="GET",endpoint="download",status="200"}"#
                // A request is counted when its last byte has been sent.
                try await eventually("the download's end") {
                    try await cluster.scrape(cluster.front(0))["tussock_http_request_seconds_count{" + item] == 1
                }
                try await expectFront(cluster, rest: rest.count)
                try await expectFinalizer(cluster)
                try await Promtool.expectNoComplaint(cluster, cluster.front(0), cluster.front(1), cluster.finalizer(0))
                try await expectOnlyKnownNames(cluster)
            }
        }

        /// - Parameter rest: bytes that the second front node received.
        private func expectFront(_ cluster: Cluster, rest: Int) async throws {
            // What the database says is remembered for a moment.
            try await eventually("the figures of now") {
                try await cluster.scrape(cluster.front(0))[#"tussock_jobs{state="done"}"#] == 3
            }
            let (first, second) = (
                try await cluster.scrape(cluster.front(0)), try await cluster.scrape(cluster.front(1))
            )
            #expect(first[#"tussock_build_info{version="0.1.0",role="front"}"#] == 1)
            #expect(
                first[#"tussock_http_request_seconds_count{method="POST",endpoint="uploads",status="201"}"#] == 3)
            #expect(
                first[#"tussock_http_request_seconds_count{method="PATCH",endpoint="upload",status="none"}"#] == 1)
            #expect(
                second[#"tussock_http_request_seconds_count{method="PATCH",endpoint="upload",status="204"}"#] == 1)
            #expect((first["tussock_bytes_received_total"] ?? 0) >= Double(6 + 1 << 20))
            #expect(second["tussock_bytes_received_total"] == Double(rest))
            // Once, however many waited.
            let takeOvers = [first, second].map { $0.sum("tussock_leases_taken_over_total") }
            #expect(takeOvers.reduce(0, +) == 1)
            #expect(first["tussock_uploads_active"] == 0)
            let states = ["queued", "running", "retrying", "dead", "cancelled", "done"]
            #expect(states.map { first["tussock_jobs{state=\"\($0)\"}"] } == [0, 0, 0, 0, 0, 3])
            #expect(first["tussock_workers"] == 1 && first["tussock_queue_paused"] == 0)
            #expect(first["tussock_job_oldest_age_seconds"] == 0 && first["tussock_database_up"] == 1)
            #expect((first["tussock_volume_free_bytes"] ?? 0) > 1e6)
            #expect((first["tussock_database_pool_wait_seconds_count"] ?? 0) > 10)
            #expect(first["tussock_database_pool_limit"] == 16)
        }

        private func expectFinalizer(_ cluster: Cluster) async throws {
            // What it says is recorded after what others see: the item.
            try await eventually("the last step is recorded") {
                try await cluster.scrape(cluster.finalizer(0))[#"tussock_job_attempts_total{result="done"}"#] == 3
            }
            let scrape = try await cluster.scrape(cluster.finalizer(0))
            for phase in ["verify", "assemble", "sync", "publish"] {
                #expect(scrape["tussock_finalize_seconds_count{phase=\"\(phase)\"}"] == 3, "\(phase)")
            }
            #expect(scrape["tussock_upload_visible_seconds_count"] == 3)
            #expect(scrape[#"tussock_upload_visible_seconds_bucket{le="+Inf"}"#] == 3)
            #expect(scrape.sum("tussock_job_attempts_total") == 3)
        }

        @Test func everyAlertSaysWhatIsWrongAndWhatToDo() throws {
            let text = try String(contentsOf: Promtool.root.appending(path: "docker/alerts.yaml"), encoding: .utf8)
            let alerts = text.components(separatedBy: "- alert: ").dropFirst()
            #expect(alerts.count >= 10)
            for alert in alerts {
                #expect(alert.contains("\n          summary: ") && alert.contains("\n          runbook: "), "\(alert)")
                #expect(alert.contains("severity: page") || alert.contains("severity: ticket"), "\(alert)")
            }
        }

        /// Rules and dashboard ask for what is there.
        private func expectOnlyKnownNames(_ cluster: Cluster) async throws {
            var known = try await cluster.scrape(cluster.front(0)).names
            known.formUnion(try await cluster.scrape(cluster.finalizer(0)).names)
            known.formUnion(try await SecureCluster.use { try await $0.cluster.scrape($0.cluster.front(0)).names })
            for file in ["docker/alerts.yaml", "docker/alerts.test.yaml", "docker/grafana-dashboard.json"] {
                let text = try String(contentsOf: Promtool.root.appending(path: file), encoding: .utf8)
                let asked = Set(text.matches(of: /\b(?:tussock|process)_[a-z_]+\b/).map { String($0.output) })
                #expect(!asked.isEmpty)
                let unknown = asked.filter { name in
                    let base = name.replacing(/_(?:bucket|sum|count)$/, with: "")
                    return !known.contains(name) && !known.contains(base)
                }
                #expect(unknown == [], "\(file) asks for metrics that no process has")
            }
        }

        @Test func labelsStayFewWhateverClientsSend() async throws {
            try await withCluster(finalizers: 0) { cluster in
                var random = SeededGenerator(state: 11)
                let methods = [
                    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "MKCOL", "SEARCH", "PURGE",
                ]
                let client = TusClient(port: cluster.port(0), credentials: nil)
                for _ in 0..<150 {
                    let word = "canary\(UInt32.random(in: .min ... .max, using: &random))"
                    let views = [
                        "", "@upload", "@upload/\(word)", "@\(word)", "@@download/file", "@tus-replace", "%2e%2e",
                    ]
                    let path = "/\(word)/\(views.randomElement(using: &random) ?? "")?\(word)"
                    let method = methods.randomElement(using: &random) ?? "GET"
                    // Some are refused below us, by the parser or by the end of the connection.
                    _ = try? await client.request(method, path, ["X-HTTP-Method-Override": word])
                }
                let scrape = try await cluster.scrape(cluster.front(0))
                #expect(!scrape.text.contains("canary"))
                #expect(scrape.sum("tussock_http_request_seconds_count") > 50)
                let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"]
                #expect(scrape.labels("method").isSubset(of: known))
                #expect(scrape.labels("method").contains("other"))
                #expect(scrape.labels("endpoint").count <= 12)
                #expect(scrape.labels("endpoint").isSuperset(of: ["malformed", "unknown", "upload", "content"]))
                #expect(scrape.labels("status").allSatisfy { $0 == "none" || (Int($0) ?? 0) >= 200 })
                #expect(scrape.values.keys.filter { $0.hasPrefix("tussock_http_request_seconds_count") }.count < 100)
            }
        }

        @Test func nothingHangsWhenTheDatabaseOrTheVolumeDoes() async throws {
            let server = try await PostgresServer.start()
            try await withCluster(server: server) { cluster in
                for process in [cluster.front(0), cluster.finalizer(0)] {
                    #expect(try await cluster.ask(process, "/livez").status == 200)
                    try await eventually("readiness") { try await cluster.ask(process, "/readyz").status == 200 }
                    try await eventually("figures") { try await cluster.scrape(process)["tussock_database_up"] == 1 }
                }
                try server.pause()
                try await expectNoDatabase(cluster)
                try server.resume()
                try await server.stop(immediate: true)
                try await expectNoDatabase(cluster)
                try await server.startAgain()
                for process in [cluster.front(0), cluster.finalizer(0)] {
                    try await eventually("the recovery") { try await cluster.ask(process, "/readyz").status == 200 }
                    try await eventually("the figures") {
                        try await cluster.scrape(process)["tussock_database_up"] == 1
                    }
                    try await eventually("the listener's return") {
                        let scrape = try await cluster.scrape(process)
                        return (scrape[#"tussock_database_reconnects_total{connection="listener"}"#] ?? 0) >= 1
                    }
                }
                try await expectNoVolume(cluster)
            }
        }

        private func expectNoDatabase(_ cluster: Cluster) async throws {
            async let front: Void = expectNoDatabase(cluster, cluster.front(0))
            async let finalizer: Void = expectNoDatabase(cluster, cluster.finalizer(0))
            _ = try await (front, finalizer)
        }

        private func expectNoDatabase(_ cluster: Cluster, _ process: SpawnedProcess) async throws {
            try await eventually("the figures are too old") {
                try await cluster.scrape(process)["tussock_database_up"] == 0
            }
            let scrape = try await cluster.scrape(process)
            #expect(scrape["tussock_job_oldest_age_seconds"] == nil && scrape.sum("tussock_jobs") == 0)
            #expect((scrape["process_resident_memory_bytes"] ?? 0) > 0 && scrape["tussock_volume_up"] == 1)
            let readiness = try await cluster.ask(process, "/readyz")
            #expect(readiness.status == 503)
            #expect(String(decoding: readiness.body, as: UTF8.self).hasPrefix("database: "))
            #expect(try await cluster.ask(process, "/livez").status == 200)
        }

        /// Opening a pipe that nobody writes to takes for ever, as does a file on a server that is gone.
        private func expectNoVolume(_ cluster: Cluster) async throws {
            let identity = cluster.volume + "/.tussock-volume"
            try FileManager.default.moveItem(atPath: identity, toPath: identity + "-away")
            #expect(mkfifo(identity, 0o666) == 0 && chmod(identity, 0o666) == 0)
            for _ in 0..<2 {
                let readiness = try await cluster.ask(cluster.front(0), "/readyz")
                #expect(readiness.status == 503)
                #expect(String(decoding: readiness.body, as: UTF8.self) == "volume: no answer within 2.0 seconds\n")
            }
            // Its thread goes on when somebody opens the other end.
            let pipe = open(identity, O_RDWR | O_NONBLOCK)
            close(pipe)
            try FileManager.default.removeItem(atPath: identity)
            try FileManager.default.moveItem(atPath: identity + "-away", toPath: identity)
            try await eventually("the recovery") {
                try await cluster.ask(cluster.front(0), "/readyz").status == 200
            }
        }
    }
}
