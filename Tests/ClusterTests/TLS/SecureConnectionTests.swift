import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// TLS on the front node, to clients that others wrote.
    @Suite struct SecureConnections {
        private static let versions = ["--http2": "2", "--http1.1": "1.1", "--no-alpn": "1.1"]

        @Test(arguments: ["--http2", "--http1.1", "--no-alpn"])
        func theClientChoosesHTTP2OrHTTP1AndUploads(choice: String) async throws {
            try await SecureCluster.use { secure in
                let bytes = TestBytes.make(3 << 20 + 5)
                let name = "by-curl-\(choice.filter { $0.isLetter || $0.isNumber }).bin"
                let answer = try await secure.curl([
                    choice, "--fail", "--upload-file", try secure.file(bytes), "--request", "POST", "--header",
                    "Expect: 100-continue", "--expect100-timeout", "60", "--header", "Tus-Resumable: 1.0.0", "--header",
                    "Upload-Length: \(bytes.count)", "--header", "Upload-Metadata: \(TusClient.metadata(name))",
                    "--header", "Content-Type: \(TusClient.offsetStream)", "--include", "--write-out",
                    "%{http_version}", secure.url("/@upload"),
                ])
                #expect(answer.hasSuffix(Self.versions[choice] ?? "?"))
                #expect(answer.contains(" 100 "))
                #expect(answer.lowercased().contains("location: \(secure.url("/@upload/"))"))
                #expect(answer.lowercased().contains("link: <\(secure.url("/\(name)"))>"))
                #expect(try await secure.download("/\(name)") == bytes)
            }
        }

        @Test func theDraftTellsByHTTP2WhereTheUploadGoesOn() async throws {
            try await SecureCluster.use { secure in
                let answer = try await secure.curl([
                    "--http2", "--fail", "--include", "--request", "POST", "--header", "Upload-Complete: ?1",
                    "--header", "Upload-Draft-Interop-Version: 8", "--header",
                    #"Content-Disposition: inline; filename="draft.txt""#, "--header", "Content-Type: text/plain",
                    "--data", "one two three", secure.url("/@upload"),
                ])
                #expect(answer.hasPrefix("HTTP/2 104 \r\n"))
                #expect(answer.contains("HTTP/2 201 \r\n"))
                #expect(try await secure.download("/draft.txt") == Data("one two three".utf8))
            }
        }

        @Test(.enabled(if: RealClientFiles.areThere, "run .ci/setup for tuspy"))
        func tuspyUploadsOverHTTPS() async throws {
            try await SecureCluster.use { secure in
                let bytes = TestBytes.make(2 << 20 + 17)
                let script = """
                    import sys
                    from base64 import b64encode
                    from tusclient.client import TusClient

                    url, password, name = sys.argv[1:]
                    login = "Basic " + b64encode(("admin:" + password).encode()).decode()
                    client = TusClient(url + "/@upload", headers={"Authorization": login})
                    client.uploader(name, chunk_size=2**20, metadata={"filename": "tuspy.bin"}).upload()
                    """
                let ending = try await secure.cluster.folder.run(
                    "tuspy", RealClientFiles.python,
                    ["-c", script, secure.url(""), Cluster.password, try secure.file(bytes)],
                    environment: ["REQUESTS_CA_BUNDLE": secure.certificate.trusted])
                #expect(ending == .exited(0))
                #expect(try await secure.download("/tuspy.bin") == bytes)
            }
        }

        @Test func aClientWithoutTLSIsNotServed() async throws {
            try await SecureCluster.use { secure in
                let connection = try HTTPConnection.open(secure.cluster.port(0))
                try await connection.send(Data("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                await #expect(throws: (any Error).self) { try await connection.answer() }
            }
        }

        private func subject(_ secure: SecureCluster) async throws -> String {
            let openssl = try secure.cluster.folder.spawn(
                "subject-\(UInt32.random(in: .min ... .max))", "/bin/sh",
                [
                    "-c",
                    "openssl s_client -connect 127.0.0.1:$0 </dev/null 2>/dev/null | openssl x509 -noout -subject",
                    "\(secure.cluster.port(0))",
                ])
            #expect(try await openssl.end() == .exited(0))
            return openssl.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// Seconds since 1970, as openssl reads it.
        private func expiry(_ certificate: String, _ secure: SecureCluster) async throws -> Double {
            let openssl = try secure.cluster.folder.spawn(
                "expiry-\(UInt32.random(in: .min ... .max))", "/bin/sh",
                ["-c", #"date -d "$(openssl x509 -noout -enddate -in "$0" | cut -d= -f2)" +%s"#, certificate])
            #expect(try await openssl.end() == .exited(0), "\(openssl.log)")
            return try #require(Double(openssl.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        }

        @Test func theFiguresTellUntilWhenTheCertificateInUseIsValid() async throws {
            try await SecureCluster.with { secure in
                let (front, name) = (secure.cluster.front(0), "tussock_tls_certificate_expiry_timestamp_seconds")
                let first = try await expiry(secure.certificate.certificate, secure)
                #expect(try await secure.cluster.scrape(front)[name] == first)
                try await secure.certificate.make("second", days: 90)
                let second = try await expiry(secure.certificate.certificate, secure)
                #expect(second > first + 80 * 86_400)
                front.signal(SIGHUP)
                try await eventually("the new date") { try await secure.cluster.scrape(front)[name] == second }
                #expect(try await secure.cluster.scrape(secure.cluster.finalizer(0))[name] == nil)
            }
        }

        @Test(.enabled(if: RealClientFiles.areThere, "run .ci/setup for h2"))
        func aNewCertificateIsTakenOverAndOldConnectionsGoOn() async throws {
            try await SecureCluster.with { secure in
                let upload = try await secure.newUpload("old.bin", length: 6)
                #expect(try await subject(secure) == "subject=CN = first")
                let front = secure.cluster.front(0)
                // The conversation begins under the old certificate, and ends when the file `go` is there.
                let go = secure.cluster.folder.path + "/go"
                async let old = secure.converse(
                    """
                    import os, time
                    stream = client.patch(arguments[0], 0, {"Content-Length": "6"})
                    client.send(stream, b"abc")
                    while not os.path.exists(arguments[1]): time.sleep(0.01)
                    client.send(stream, b"def", end=True)
                    print(client.response(stream)[":status"])
                    """, upload, go)
                try await secure.cluster.receive(3, of: upload)

                try await secure.certificate.make("second")
                front.signal(SIGHUP)
                try await eventually("the new certificate") { front.log.contains("took over a new certificate") }
                #expect(try await subject(secure) == "subject=CN = second")

                try Data("no key".utf8).write(to: URL(fileURLWithPath: secure.certificate.key))
                front.signal(SIGHUP)
                try await eventually("the complaint") {
                    front.log.contains("error tussock-front: the new certificate cannot be used; the old one stays")
                }
                #expect(try await subject(secure) == "subject=CN = second")

                try Data().write(to: URL(fileURLWithPath: go))
                #expect(try await old == ["204"])
            }
        }
    }
}
