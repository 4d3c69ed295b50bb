import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// The finalizer's jobs over HTTP and from the command line.
    @Suite struct JobsOfACluster {
        private func add(_ count: Int, to cluster: Cluster, folder: String = "") async throws {
            for index in 0..<count {
                let bytes = Data("file \(index)".utf8)
                let answer = try await cluster.client().create(
                    in: folder, length: Int64(bytes.count), filename: "f\(index).txt", body: bytes)
                guard answer.status == 201 else { throw UnexpectedAnswer(answer) }
            }
        }

        private func get(_ cluster: Cluster, _ path: String) async throws -> Answer {
            try await cluster.client().request("GET", path, ["Tus-Resumable": nil])
        }

        private func post(_ cluster: Cluster, _ path: String, _ json: String = "") async throws
            -> Answer
        {
            try await cluster.client().request(
                "POST", path, ["Tus-Resumable": nil], body: Data(json.utf8))
        }

        private func items(_ answer: Answer) -> [[String: Any]] {
            answer.json["items"] as? [[String: Any]] ?? []
        }

        private func counts(_ json: [String: Any]) -> [String: Int] {
            json["counts"] as? [String: Int] ?? [:]
        }

        @Test func theApiTheCommandsAndTheRowsAgree() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                _ = try await cluster.client().createFolder("media")
                try await add(3, to: cluster)
                try await add(2, to: cluster, folder: "/media")
                let list = try await get(cluster, "/@jobs")
                #expect(items(list).map { $0["id"] as? Int } == [5, 4, 3, 2, 1])
                #expect(items(list).allSatisfy { $0["state"] as? String == "queued" })
                let some = try await get(cluster, "/@jobs?folder=/media&b_size=1")
                #expect(
                    items(some).map { $0["item"] as? String }.first??.hasSuffix("/media/f1.txt") == true)
                #expect(some.json["items_total"] as? Int == 2)
                let next = (some.json["batching"] as? [String: Any])?["next"] as? String
                let following = try await get(cluster, Answer.path(next ?? ""))
                #expect(items(following).map { $0["id"] as? Int } == [4])

                let command = try await cluster.command("jobs", "list", "--folder", "/media", "--json")
                let told =
                    try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any]
                #expect((told?["items"] as? [[String: Any]])?.map { $0["id"] as? Int } == [5, 4])
                let stats = try await get(cluster, "/@jobs/stats")
                let printed = try await cluster.command("jobs", "stats", "--json")
                let printedJSON =
                    try JSONSerialization.jsonObject(with: Data(printed.output.utf8)) as? [String: Any]
                #expect(
                    counts(stats.json) == counts(printedJSON ?? [:]) && counts(stats.json)["queued"] == 5)

                let tag = try #require(stats["ETag"])
                let one = try await get(cluster, "/@jobs/1")
                let again = try await cluster.client().request(
                    "GET", "/@jobs/1", ["If-None-Match": one["ETag"], "Tus-Resumable": nil])
                #expect(again.status == 304 && again.body.isEmpty && tag.hasPrefix("W/"))
                #expect(
                    (one.json["attempts"] as? [Any])?.isEmpty == true
                        && one.json["filename"] as? String == "f0.txt")
            }
        }

        @Test func wrongRequestsAreRefusedWithTheirReason() async throws {
            try await SharedCluster.use { cluster, _ in
                let cases: [(String, String, Int)] = [
                    ("GET", "/@jobs?state=lost", 400), ("GET", "/@jobs?colour=red", 400),
                    ("GET", "/@jobs/0", 404),
                    ("GET", "/@jobs/nothing", 404), ("DELETE", "/@jobs", 405), ("PUT", "/@jobs/1", 405),
                    ("GET", "/@jobs/1/retry", 405), ("POST", "/@jobs/0/retry", 404),
                    ("POST", "/@jobs/retry", 400),
                    ("POST", "/@jobs/resume", 409), ("GET", "/media/@jobs", 404),
                ]
                for (method, path, status) in cases {
                    let answer = try await cluster.client().request(
                        method, path, ["Tus-Resumable": nil], body: Data())
                    #expect(answer.status == status, "\(method) \(path)")
                    #expect(
                        answer.json["message"] is String && answer.json["type"] is String, "\(method) \(path)")
                }
                let unknown = try await post(cluster, "/@jobs/retry", #"{"sate": "dead"}"#)
                #expect(
                    unknown.status == 400 && (unknown.json["message"] as? String)?.contains("sate") == true)
                let foreign = try await cluster.client().request(
                    "POST", "/@jobs/pause", ["Sec-Fetch-Site": "cross-site", "Tus-Resumable": nil],
                    body: Data())
                #expect(foreign.status == 403)
                let nobody = TusClient(port: cluster.port(0), credentials: nil)
                #expect(try await nobody.request("GET", "/@jobs").status == 401)
                for arguments in [["list", "--state", "lost"], ["retry"], ["retry", "1", "--state", "dead"]] {
                    let command = try await cluster.command(["jobs"] + arguments)
                    #expect(command.ending == .exited(64), "\(arguments)")
                }
                #expect(try await cluster.command("jobs", "show", "0").ending == .exited(1))
                #expect(try await cluster.command("jobs", "cancel", "0").ending == .exited(1))
            }
        }

        @Test func aMonitorLooksAndDoesNotTouch() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let added = try await cluster.command(
                    "users", "add", "moni", "--role", "Monitor", "--password-stdin", input: "look here")
                #expect(added.ending == .exited(0), "\(added.log)")
                #expect(
                    try await cluster.command(
                        "users", "add", "read", "--role", "Reader", "--password-stdin", input: "x"
                    )
                    .ending == .exited(0))
                try await add(1, to: cluster)
                let monitor = TusClient(port: cluster.port(0), credentials: "moni:look here")
                #expect(try await monitor.request("GET", "/@jobs/1").status == 200)
                #expect(try await monitor.request("POST", "/@jobs/1/cancel", body: Data()).status == 403)
                #expect(try await monitor.request("GET", "/").status == 403)
                let reader = TusClient(port: cluster.port(0), credentials: "read:x")
                #expect(try await reader.request("GET", "/@jobs").status == 403)
                let list = try await cluster.command("users", "list")
                #expect(list.output.contains("moni   Monitor") && list.output.contains("admin  Manager"))
                #expect(try await cluster.command("users", "remove", "moni").ending == .exited(0))
                #expect(try await cluster.command("users", "remove", "moni").ending == .exited(1))
            }
        }

        @Test func jobsAreCancelledAndRetriedOverHttpAndByCommand() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                try await add(3, to: cluster)
                let cancelled = try await post(cluster, "/@jobs/1/cancel")
                #expect(cancelled.status == 200 && cancelled.json["state"] as? String == "cancelled")
                #expect(try await post(cluster, "/@jobs/1/cancel").status == 409)
                #expect(try await get(cluster, "/f0.txt").status == 410)
                let command = try await cluster.command("jobs", "cancel", "2", "3")
                #expect(command.ending == .exited(0) && command.output.contains("cancelled: 2"))
                let dry = try await post(
                    cluster, "/@jobs/retry", #"{"state": ["cancelled"], "dry_run": true}"#)
                #expect(dry.json["matched"] as? Int == 3 && dry.json["changed"] as? Int == 0)
                let retried = try await post(cluster, "/@jobs/retry", #"{"ids": [2, 3, 99]}"#)
                #expect(retried.json["changed"] as? Int == 2 && retried.json["refused_total"] as? Int == 1)
                #expect(
                    try await cluster.command("jobs", "retry", "--state", "cancelled").ending == .exited(0))
                let history = try await get(cluster, "/@jobs/1").json["history"] as? [[String: Any]]
                #expect(history?.map { $0["action"] as? String } == ["cancel", "cancel", "retry"])
                #expect(history?.map { $0["via"] as? String } == ["api", "api", "cli"])
                try await cluster.startFinalizer()
                #expect(try await cluster.client().download("/f0.txt") == Data("file 0".utf8))
                #expect(try await cluster.client().download("/f2.txt") == Data("file 2".utf8))
            }
        }

        @Test func aPauseHoldsForEveryFinalizerUntilItEnds() async throws {
            try await withCluster(finalizers: 2, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                let paused = try await post(cluster, "/@jobs/pause")
                #expect(paused.status == 200 && paused.json["paused"] as? Bool == true)
                #expect(try await cluster.command("jobs", "pause").ending == .exited(1))
                try await add(5, to: cluster)
                let waiting = try await get(cluster, "/@jobs/1")
                #expect(waiting.json["state"] as? String == "queued")
                #expect(waiting.json["waiting_for"] as? String == "resume")
                #expect(try await cluster.value("SELECT count(*) FROM job_attempt") == "0")
                #expect(try await cluster.command("jobs", "resume").ending == .exited(0))
                try await eventually("all are done") {
                    try await cluster.value("SELECT count(*) FROM job WHERE state = 'done'") == "5"
                }
            }
        }

        @Test func eventsGoOnAtAnyNodeWhereTheyStopped() async throws {
            try await withCluster(fronts: 2, finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) {
                cluster in
                let first = try await cluster.client(0).begin("GET", "/@jobs/events")
                #expect(try await first.interim()["Content-Type"] == "text/event-stream; charset=utf-8")
                _ = try await first.body(holding: "event: stats")
                try await add(2, to: cluster)
                let told = try await first.body(holding: #""filename": "f1.txt""#)
                #expect(told.contains("event: reset") && told.contains(#""filename": "f0.txt""#))
                let ids = told.components(separatedBy: .newlines).filter { $0.hasPrefix("id: ") }
                let last = try #require(ids.first).dropFirst(4)
                first.end(reset: false)

                // From the first moment on, at the other node: both jobs again, and what happened meanwhile.
                _ = try await post(cluster, "/@jobs/1/cancel")
                let second = try await cluster.client(1).begin(
                    "GET", "/@jobs/events", ["Last-Event-ID": String(last)])
                _ = try await second.interim()
                let missed = try await second.body(holding: #""filename": "f1.txt""#)
                #expect(missed.contains(#""state": "cancelled""#) && !missed.contains("event: reset"))
                try await cluster.startFinalizer()
                _ = try await second.body(holding: #""state": "done""#)
                // It does not keep the node from ending.
                cluster.front(1).signal(SIGTERM)
                #expect(try await second.isClosedByPeer())
                #expect(try await cluster.front(1).end() == .exited(0))
            }
        }

        @Test func theRegisterShowsWhoLivesAndWhoLeads() async throws {
            try await withCluster(fronts: 1, finalizers: 2) { cluster in
                try await eventually("a leader", within: .seconds(60)) {
                    items(try await get(cluster, "/@jobs/workers")).contains { $0["leader"] as? Bool == true }
                }
                let workers = items(try await get(cluster, "/@jobs/workers"))
                #expect(workers.map { $0["role"] as? String } == ["finalizer", "finalizer", "front"])
                #expect(workers.allSatisfy { $0["alive"] as? Bool == true && $0["version"] is String })
                try await cluster.kill(finalizer: 0, SIGTERM)
                _ = try await cluster.finalizer(0).end()
                #expect(try await items(get(cluster, "/@jobs/workers")).count == 2)
                let command = try await cluster.command("jobs", "workers")
                #expect(command.output.split(separator: "\n").count == 3)
            }
        }

        @Test func watchingWithoutATerminalTellsEachChangeOnALine() async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_FINALIZE_WAIT": "0"]) { cluster in
                try await add(2, to: cluster)
                let watch = try cluster.begin("jobs", "watch", "--until-idle")
                // Else the jobs may be done before anybody looks.
                try await eventually("the queue is told", within: .seconds(60)) {
                    ["/f0.txt", "/f1.txt"].allSatisfy(watch.output.contains)
                }
                try await cluster.startFinalizer()
                #expect(try await watch.end() == .exited(0))
                let lines = watch.output.split(separator: "\n")
                for id in 1...2 {
                    #expect(lines.contains { $0.contains(" \(id) done 6/6 /f\(id - 1).txt") })
                }
            }
        }

        @Test func uploadsAreListedAndEndedByCommand() async throws {
            try await withCluster(finalizers: 0) { cluster in
                let upload = try await cluster.client().newUpload(in: "", length: 10, filename: "a.txt")
                let id = String(upload.suffix(32))
                #expect(try await cluster.command("uploads", "list").output.contains(id))
                #expect(try await cluster.command("uploads", "show", id).output.contains("0 of 10"))
                #expect(try await cluster.command("uploads", "expire", id).ending == .exited(0))
                #expect(try await cluster.client().head(upload).status == 410)
                #expect(try await cluster.command("uploads", "expire", id).ending == .exited(1))
                #expect(try await cluster.command("uploads", "show", "nonsense").ending == .exited(64))
            }
        }
    }
}
