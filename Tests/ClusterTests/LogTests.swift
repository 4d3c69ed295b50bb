import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// What running processes write into their logs.
    @Suite struct Logs {
        /// The lines with this message, as JSON; every line is JSON.
        private func lines(_ process: SpawnedProcess, _ message: String) throws -> [[String: Any]] {
            try process.log.split(separator: "\n").compactMap { line in
                let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                return object["message"] as? String == message ? object : nil
            }
        }

        @Test func aRequestIsALineAndSoIsAStepOfAJob() async throws {
            try await withCluster(environment: ["TUSSOCK_LOG_FORMAT": "json"]) { cluster in
                let client = cluster.client()
                let named: [String: String?] = [
                    "X-Request-ID": "proxy-17", "traceparent": "00-\(Self.trace)-b7ad6b7169203331-01",
                ]
                let created = try await client.create(
                    in: "", length: 3, filename: "a.txt", named, body: Data("abc".utf8))
                #expect(created["X-Request-ID"] == "proxy-17")
                let upload = try #require(created.location).suffix(32)
                let missing = try await client.request("GET", "/a%0d%0ab?token=geheim", ["X-Request-ID": "a b"])
                let own = try #require(missing["X-Request-ID"])
                #expect(own.wholeMatch(of: /[0-9a-f]{32}/) != nil)
                try await eventually("the item") { try await client.request("GET", "/a.txt").status == 200 }
                let told = try lines(cluster.front(0), "request")
                let first = try #require(told.first { $0["request_id"] as? String == "proxy-17" })
                #expect(first["method"] as? String == "POST" && first["endpoint"] as? String == "uploads")
                #expect(first["path"] as? String == "/@upload" && first["status"] as? Int == 201)
                #expect(first["bytes_in"] as? Int == 3 && first["duration_ms"] as? Double != nil)
                #expect(first["upload"] as? String == String(upload) && first["user"] as? String == "admin")
                #expect(first["trace_id"] as? String == Self.trace && first["span_id"] as? String == "b7ad6b7169203331")
                #expect(first["level"] as? String == "info" && first["node"] as? String != nil)
                let second = try #require(told.first { $0["request_id"] as? String == own })
                #expect(second["path"] as? String == "/a%0d%0ab" && second["trace_id"] == nil)
                try await eventually("the job's end") { try !lines(cluster.finalizer(0), "job done").isEmpty }
                let steps = try lines(cluster.finalizer(0), "job step")
                #expect(steps.map { $0["phase"] as? String } == ["verify", "assemble", "sync", "publish"])
                for step in steps {
                    #expect(step["upload"] as? String == String(upload) && step["attempt"] as? Int == 1)
                    #expect(step["job"] as? Int != nil && step["duration_ms"] as? Double != nil)
                    #expect(step["result"] as? String == "done" && step["node"] as? String != nil)
                }
            }
        }

        private static let trace = "0af7651916cd43dd8448eb211c80319c"

        /// What the decoder refuses is no request yet, and is told all the same.
        @Test(arguments: ["GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n", "\u{1}\u{2}\r\n\r\n"])
        func whatIsNoHttpIsCountedAndHasItsLine(text: String) async throws {
            try await withCluster(finalizers: 0, environment: ["TUSSOCK_LOG_FORMAT": "json"]) { cluster in
                let connection = try HTTPConnection.open(cluster.port(0))
                try await connection.send(Data(text.utf8))
                let answer = try await connection.answer()
                #expect(answer.status == 400)
                let id = try #require(answer["X-Request-ID"])
                try await eventually("the line") { try !lines(cluster.front(0), "request").isEmpty }
                let told = try lines(cluster.front(0), "request")
                #expect(told.map { $0["request_id"] as? String } == [id])
                #expect(told.map { $0["endpoint"] as? String } == ["malformed"])
                #expect(told.map { $0["status"] as? Int } == [400])
                let series = #"tussock_http_request_seconds_count{method="other",endpoint="malformed",status="400"}"#
                #expect(try await cluster.scrape(cluster.front(0))[series] == 1)
            }
        }

        /// At the level that tells the most, whatever is sent and set.
        @Test func noCredentialComesIntoTheLog() async throws {
            let environment = ["TUSSOCK_LOG_FORMAT": "json", "TUSSOCK_LOG_LEVEL": "trace"]
            try await withCluster(environment: environment) { cluster in
                let secret = cluster.database + "&password=geheim-db"
                let front = try cluster.folder.spawn(
                    "front-of-its-own", try Program.path(),
                    ["serve", "--port", "0", "--ops-port", "0", "--end-with-parent"],
                    environment: environment.merging(
                        ["TUSSOCK_DATABASE_URL": secret, "TUSSOCK_VOLUME": cluster.volume]) { $1 })
                let port = try #require(Int(try await front.firstLine().split(separator: ":").last ?? ""))
                for port in [port, cluster.port(0)] {
                    var client = cluster.client()
                    client.port = port
                    _ = try await client.create(in: "", length: 3, filename: "a", body: Data("abc".utf8))
                    client.credentials = "admin:geheim-wrong"
                    #expect(try await client.request("GET", "/").status == 401)
                    client.credentials = nil
                    _ = try await client.request("GET", "http://ann:geheim-url@x/folder?token=geheim-query")
                    _ = try await client.request("GET", "/", ["Authorization": "Bearer geheim-token"])
                }
                let away = secret.replacing("127.0.0.1", with: "127.0.0.1,nowhere.invalid").replacing("/db", with: "/x")
                let broken = try cluster.folder.spawn(
                    "front-without-a-database", try Program.path(), ["serve", "--port", "0", "--ops-port", "0"],
                    environment: environment.merging(
                        ["TUSSOCK_DATABASE_URL": away + "&options=-c%20x", "TUSSOCK_VOLUME": cluster.volume]) { $1 })
                #expect(try await broken.end() != .exited(0))
                await front.stop()
                let words = ["admin:\(Cluster.password)", "admin:geheim-wrong"].map {
                    Data($0.utf8).base64EncodedString()
                }
                for process in [front, broken, cluster.front(0), cluster.finalizer(0)] {
                    let text = process.log + process.output
                    #expect(!text.isEmpty)
                    for word in words + ["geheim", Cluster.password] {
                        #expect(!text.contains(word), "\(word) in the log of \(process.name)")
                    }
                }
                #expect(cluster.front(0).log.contains("/folder"))
            }
        }
    }
}
