import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// HEADs that are answered without a task, beside requests that are not.
    @Suite struct QuickHeads {
        private static let login = "Basic " + Data("admin:\(Cluster.password)".utf8).base64EncodedString()

        private static func request(_ method: String, _ path: String, _ lines: [String] = []) -> Data {
            let head = [
                "\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Tus-Resumable: 1.0.0", "Authorization: \(login)",
            ]
            return Data(((head + lines).joined(separator: "\r\n") + "\r\n\r\n").utf8)
        }

        /// The head of one with all three bytes.
        private static func patch(_ upload: String) -> Data {
            request(
                "PATCH", upload,
                ["Upload-Offset: 0", "Content-Type: \(TusClient.offsetStream)", "Content-Length: 3"])
        }

        /// Runs `body` with two new uploads of three bytes, whose folder and whose owner the node remembers.
        private func with(
            _ body: @Sendable (Cluster, _ folder: String, _ first: String, _ second: String) async throws -> Void
        ) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let first = try await client.newUpload(in: folder, length: 3, filename: "first.bin")
                let second = try await client.newUpload(in: folder, length: 3, filename: "second.bin")
                #expect(try await client.offset(first) == 0)
                try await body(cluster, folder, first, second)
            }
        }

        @Test func theAnswerIsThatOfTheUsualWay() async throws {
            try await with { cluster, folder, first, _ in
                let client = cluster.client()
                let done = try await client.newUpload(in: folder, length: 3, filename: "done.bin")
                #expect(try await client.patch(done, Data("abc".utf8), at: 0).status == 204)
                let missing = "\(folder)/@upload/\(String(repeating: "0", count: 32))"
                let deferred = try await client.create(
                    in: folder, length: 0, filename: "deferred.bin", ["Upload-Length": nil, "Upload-Defer-Length": "1"])
                let part = try await client.create(
                    in: folder, length: 3, filename: "part.bin", ["Upload-Concat": "partial"])
                let open = try [first, #require(deferred.location), #require(part.location)]
                let all = open.map { ($0, 200) } + [(done, 200), (missing, 404)]
                for (path, status) in all {
                    var answers: [[String: String]] = []
                    // A query means nothing here, but it is more than any tus client sends.
                    for asked in [path, path + "?usual"] {
                        let answer = try await client.request("HEAD", asked, ["X-Request-ID": "same"])
                        #expect(answer.status == status)
                        #expect(answer.fields["date"] != nil)
                        answers.append(answer.fields.filter { $0.key != "date" })
                    }
                    #expect(answers[0] == answers[1])
                }
            }
        }

        @Test func manyThatAreSentAtOnceAreAllAnswered() async throws {
            try await with { cluster, _, first, _ in
                let connection = try HTTPConnection.open(cluster.port(0))
                let count = 3000
                let all = (0..<count).reduce(into: Data()) { all, _ in all += Self.request("HEAD", first) }
                async let sent: Void = connection.send(all)
                for _ in 0..<count { #expect(try await connection.interim().fields["upload-offset"] == "0") }
                try await sent
            }
        }

        @Test func whatIsSentAtOnceIsAnsweredInItsOrder() async throws {
            try await with { cluster, folder, first, second in
                let connection = try HTTPConnection.open(cluster.port(0))
                try await connection.send(
                    Self.request("HEAD", first) + Self.request("HEAD", second) + Self.patch(first) + Data("abc".utf8)
                        + Self.request("HEAD", first) + Self.request("GET", folder) + Self.request("HEAD", second)
                        + Self.request("HEAD", second + "0") + Self.request("HEAD", second))
                for _ in 0..<2 { #expect(try await connection.interim().fields["upload-offset"] == "0") }
                #expect(try await connection.answer().status == 204)
                #expect(try await connection.interim().fields["upload-offset"] == "3")
                #expect(try await connection.answer().json["@id"] != nil)
                #expect(try await connection.interim().fields["upload-offset"] == "0")
                #expect(try await connection.interim().status == 404)
                #expect(try await connection.interim().fields["upload-offset"] == "0")
            }
        }

        @Test func whatComesWhileItWaitsIsAnsweredAfterIt() async throws {
            try await with { cluster, _, first, _ in
                let connection = try HTTPConnection.open(cluster.port(0))
                try await cluster.withUploadsLocked {
                    for byte in Self.request("HEAD", first) { try await connection.send(Data([byte])) }
                    try await cluster.someoneWantsUploads()
                    try await connection.send(Self.patch(first))
                    for byte in "abc".utf8 { try await connection.send(Data([byte])) }
                    try await connection.send(Self.request("HEAD", first))
                }
                #expect(try await connection.interim().fields["upload-offset"] == "0")
                #expect(try await connection.answer().status == 204)
                #expect(try await connection.interim().fields["upload-offset"] == "3")
            }
        }

        @Test func whoEndsTheConnectionBehindItGetsTheAnswer() async throws {
            try await with { cluster, _, first, second in
                let connection = try HTTPConnection.open(cluster.port(0))
                try await connection.send(Self.request("HEAD", first) + Self.request("HEAD", second))
                connection.finish()
                for _ in 0..<2 { #expect(try await connection.interim().fields["upload-offset"] == "0") }
                #expect(try await connection.isClosedByPeer())
            }
        }

        @Test func whatIsNoRequestBehindItIsRefusedAfterIt() async throws {
            try await with { cluster, _, first, _ in
                let connection = try HTTPConnection.open(cluster.port(0))
                try await connection.send(Self.request("HEAD", first) + Data("nonsense\r\n\r\n".utf8))
                #expect(try await connection.interim().status == 200)
                let refusal = try await connection.answer()
                #expect(refusal.status == 400 && refusal.errorType == "Bad Request")
                #expect(try await connection.isClosedByPeer())
            }
        }

        @Test func itIsLoggedAndCountedAsAnyOther() async throws {
            try await with { cluster, _, first, _ in
                let answer = try await cluster.client().request("HEAD", first, ["X-Request-ID": "quick-head"])
                #expect(answer.fields["x-request-id"] == "quick-head")
                try await eventually("the line of the log") {
                    cluster.front(0).log.split(separator: "\n").contains { line in
                        ["request_id=quick-head", "method=HEAD", "endpoint=upload", "status=200", "user=admin"]
                            .allSatisfy(line.contains)
                    }
                }
            }
        }
    }
}
