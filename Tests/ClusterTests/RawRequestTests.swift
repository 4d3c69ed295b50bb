import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// Requests byte by byte: what is no HTTP, what could smuggle a second request, and what must not be reflected.
    @Suite struct RawRequests {
        private static let login = "Basic " + Data("admin:\(Cluster.password)".utf8).base64EncodedString()

        /// Sends the bytes as they are and reads the first answer.
        private func send(_ cluster: Cluster, _ text: String, finishes: Bool = true) async throws -> HTTPConnection {
            let connection = try HTTPConnection.open(cluster.port(0))
            try await connection.send(Data(text.utf8))
            if finishes { connection.finish() }
            return connection
        }

        private static func request(_ method: String, _ path: String, _ lines: [String]) -> String {
            ([
                "\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Tus-Resumable: 1.0.0",
                "Authorization: \(login)",
            ] + lines).joined(separator: "\r\n") + "\r\n\r\n"
        }

        @Test(arguments: [
            "X-A: a\rb", "X-A: a\0b", "X-A: a\nb", "X-A : b", "no colon", ": no name", "X\u{1}A: b", "X-A: \u{1}",
            "Content-Length: 1\r\nContent-Length: 2", "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: 1, 1", "Content-Length: +1", "Content-Length: -1", "Content-Length: 0x1",
            "Content-Length: 1 1", "Content-Length: 99999999999999999999", "Content-Length: ",
            "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity",
            "Transfer-Encoding : chunked", "Transfer-Encoding:\u{B}chunked", "Host: other", "Host: 127.0.0.1",
        ])
        func whatCanBeReadInTwoWaysIsRefusedAndTheConnectionEnds(line: String) async throws {
            try await SharedCluster.use { cluster, folder in
                let inner = Self.request("DELETE", folder, [])
                let text = Self.request("POST", "\(folder)/@upload", ["Upload-Length: 5", line]) + "0\r\n\r\n" + inner
                let connection = try await send(cluster, text, finishes: false)
                let answer = try await connection.answer()
                #expect(answer.status == 400)
                #expect(answer.errorType == "Bad Request")
                // A line feed alone ends a line for some; then the rest is a line of its own, and malformed.
                #expect(!answer.fields.values.contains { $0.contains("b") && $0.contains("X-A") })
                // Whatever stood behind it was not taken for a request.
                let listing = try await cluster.client().request("GET", folder)
                #expect(listing.status == 200)
                #expect(listing.json["items_total"] as? Int == 0)
                #expect(try await connection.isClosedByPeer())
            }
        }

        @Test(arguments: ["zz", "-1", "0x5", "5 5", "FFFFFFFFFFFFFFFFF", "", "5;a=\"\n\"\r"])
        func aMalformedChunkEndsTheBodyAndWhatCameBeforeIsKept(size: String) async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let upload = try await client.newUpload(in: folder, length: 100, filename: "a.bin")
                let lines = [
                    "Transfer-Encoding: chunked", "Upload-Offset: 0", "Content-Type: \(TusClient.offsetStream)",
                ]
                let inner = Self.request("DELETE", upload, [])
                let text = Self.request("PATCH", upload, lines) + "3\r\nabc\r\n\(size)\r\nhello\r\n0\r\n\r\n" + inner
                let connection = try await send(cluster, text, finishes: false)
                #expect(try await connection.answer().status == 400)
                #expect(try await connection.isClosedByPeer())
                #expect(try await client.offset(upload) == 3)
            }
        }

        @Test(arguments: [("X-Big: ", 100_000), ("Upload-Metadata: a ", 100_000)])
        func aHeaderThatIsTooLargeIs431(start: String, count: Int) async throws {
            try await SharedCluster.use { cluster, folder in
                let line = start + String(repeating: "A", count: count)
                let connection = try await send(
                    cluster, Self.request("POST", "\(folder)/@upload", [line]), finishes: false)
                let answer = try await connection.answer()
                #expect((answer.status, answer.errorType) == (431, "Request Header Fields Too Large"))
                #expect(try await connection.isClosedByPeer())
            }
        }

        @Test func tooManyHeadersAre431AndMoreMetadataThanFitsIs413() async throws {
            try await SharedCluster.use { cluster, folder in
                let many = (0..<1100).map { "X-\($0): 1" }
                let connection = try await send(
                    cluster, Self.request("OPTIONS", "\(folder)/@upload", many), finishes: false)
                #expect(try await connection.answer().status == 431)
                let large = "Upload-Metadata: a " + String(repeating: "A", count: 20_000)
                let lines = ["Upload-Length: 1", large]
                #expect(
                    try await send(cluster, Self.request("POST", "\(folder)/@upload", lines)).answer().status == 413)
            }
        }

        @Test func aPathThatIsTooLongIsRefused() async throws {
            try await SharedCluster.use { cluster, folder in
                for path in [String(repeating: "/a", count: 100_000), "/" + String(repeating: "a", count: 70_000)] {
                    let connection = try await send(cluster, Self.request("GET", path, []), finishes: false)
                    let status = try await connection.answer().status
                    #expect([400, 404, 414, 431].contains(status), "\(status)")
                }
                #expect(try await cluster.client().request("GET", folder).status == 200)
            }
        }

        @Test(arguments: ["GARBAGE", "GET", "\u{16}\u{3}\u{1}\u{2}", "GET / HTTP/9.9", "PRI * HTTP/2.0\r\n\r\nSM"])
        func whatIsNoHTTPIs400(line: String) async throws {
            try await SharedCluster.use { cluster, _ in
                let connection = try await send(cluster, line + "\r\n\r\n", finishes: false)
                #expect(try await connection.answer().status == 400)
                #expect(try await connection.isClosedByPeer())
            }
        }

        /// Line by line what is allowed on the wire although odd: it must not hurt, and must not come back as it was.
        @Test(arguments: [
            "X-A: b\r\n c", "X-A: \u{80}\u{FF}é", "x-a:b", "X-A:\t b \t", "Accept: \u{7F}", "Origin: \u{9B}31m",
            "X-HTTP-Method-Override: \u{9B}", "User-Agent: \\\"><script>",
        ])
        func oddFieldsDoNoHarm(line: String) async throws {
            try await SharedCluster.use { cluster, folder in
                let connection = try await send(cluster, Self.request("GET", folder, [line]))
                let answer = try await connection.answer()
                #expect([200, 400].contains(answer.status))
                #expect(answer.fields.values.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
            }
        }

        /// Every place of a request from which something comes back in a header or in JSON.
        @Test func nothingThatAClientSendsEndsAHeaderOrALine() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let hostile = "%0d%0aSet-Cookie:%20a=b"
                for path in [
                    "\(folder)/\(hostile)", "\(folder)/\(hostile)/@upload", "\(folder)/@upload/\(hostile)",
                    "\(folder)/@\(hostile)", "\(folder)/%C2%85", "\(folder)/%E2%80%A8", "\(folder)/<script>", "/%ff",
                    "\(folder)?b_size=1\(hostile)", "\(folder)?\(hostile)=1",
                ] {
                    for method in ["GET", "POST", "OPTIONS", "PUT", "DELETE"]
                    where !(method == "DELETE" && path.contains("?")) {
                        let answer = try await client.request(method, path)
                        #expect(answer["Set-Cookie"] == nil)
                        #expect(answer.status < 500, "\(method) \(path)")
                        let values = answer.fields.values.joined()
                        #expect(values.utf8.allSatisfy { (0x20...0x7E).contains($0) })
                        #expect(!values.contains("<script>"))
                    }
                }
                for host in ["a b", "<script>", "a/b", "a@b", "a:b", "a:99999", "[::1", "é", "a\\b"] {
                    let answer = try await client.request("GET", folder, ["Host": host])
                    #expect((answer.status, answer.json["type"] as? String) == (400, "BadRequest"), "\(host)")
                }
            }
        }

        @Test func aHostileFilenameStaysInsideOfItsHeader() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                let names = [
                    "a\";b=\"c.txt", "a\\b\".txt", "%0d%0a.txt", "\u{202E}txt.exe", "日本 <script>.html",
                    "'; DROP TABLE item; --",
                ]
                for name in names {
                    let created = try await client.create(in: folder, length: 0, filename: name)
                    #expect(created.status == 201, "\(name)")
                    let link = try #require(created["Link"]?.dropFirst().split(separator: ">").first)
                    let download = try await client.request("GET", Answer.path(String(link)) + "/@@download/file")
                    let disposition = try #require(download["Content-Disposition"])
                    #expect(disposition.hasPrefix("attachment; filename=\""))
                    #expect(disposition.filter { $0 == "\"" }.count == 2)
                    #expect(disposition.utf8.allSatisfy { (0x20...0x7E).contains($0) })
                }
            }
        }

        @Test func aBodyOfJSONMayHoldAnythingButItIsNotTakenForWhatItIsNot() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = cluster.client()
                for (json, status) in [
                    (#"{"@type":"Folder","title":"a\u0000b"}"#, 400), (#"{"@type":"Folder","id":"a\u0000b"}"#, 400),
                    (#"{"@type":"Folder","title":"a","description":"\u0000"}"#, 400), (#"{"@type":"\u0000"}"#, 400),
                    (#"{"@type":"Folder","title":"\r\nX: y\u001b[31m"}"#, 201),
                    (#"{"@type":"Folder","id":"\ud800"}"#, 400),
                    (#"{"@type":"Folder","id":"..","title":"x"}"#, 400), (#"{"@type":"Folder","id":"a/b"}"#, 400),
                    ("[]", 400), ("", 400), ("null", 400), (String(repeating: "[", count: 100_000), 400),
                    (#"{"@type":1}"#, 400), ("{\"@type\":\"Folder\",\"title\":\"\u{FEFF}\"}", 201),
                    (#"{"@type":"Folder","id":"'; DROP TABLE item; --"}"#, 201),
                ] {
                    let answer = try await client.request("POST", folder, body: Data(json.utf8))
                    #expect(answer.status == status, "\(json.prefix(80))")
                    #expect(answer.fields.values.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
                }
                let invalid = Data("{\"@type\":\"Folder\",\"title\":\"".utf8) + Data([0xFF, 0xC0]) + Data("\"}".utf8)
                #expect(try await client.request("POST", folder, body: invalid).status == 400)
            }
        }

        @Test func hostileCredentialsAreOnlyWrong() async throws {
            try await SharedCluster.use { cluster, folder in
                let client = TusClient(port: cluster.port(0), credentials: nil)
                for user in ["a\r\nb", "a\0b", "' OR 1=1 --", "\u{1B}[31m", String(repeating: "x", count: 50_000)] {
                    let login = "Basic " + Data("\(user):x".utf8).base64EncodedString()
                    let answer = try await client.request("GET", folder, ["Authorization": login])
                    #expect(
                        (answer.status, answer["WWW-Authenticate"]) == (401, #"Basic realm="Tussock", charset="UTF-8""#)
                    )
                }
            }
        }
    }
}
