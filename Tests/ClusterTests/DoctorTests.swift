import Doctor
import Foundation
import Synchronization
import TestSupport
import Testing

extension WholeProcesses {
    /// Each fault of a proxy is named, and a deployment without faults gets no finding.
    @Suite struct DoctorVisits {
        struct Fault: Sendable, CustomTestStringConvertible {
            /// What is found.
            var check: String
            /// The check that finds it, if its name is another.
            var by: String?
            var verdict = Diagnosis.Verdict.wrong
            /// What the remedy names.
            var remedy: String
            /// How long to wait for what does not come; what does come is never waited for in vain.
            var patience = Duration.seconds(60)
            var change: @Sendable (inout FaultyProxy.Faults) -> Void
            var testDescription: String { "\(check): \(remedy)" }
        }

        static let faults = [
            Fault(check: "request-buffering", remedy: "proxy_request_buffering off", patience: .seconds(2)) {
                $0.buffersRequests = true
            },
            Fault(check: "size-limit", remedy: "client_max_body_size 0") { $0.mostBytes = 1 << 20 },
            Fault(check: "addresses", remedy: "TUSSOCK_TRUSTED_PROXIES") { $0.hidesAddress = true },
            Fault(check: "104", verdict: .note, remedy: "interim answers", patience: .seconds(2)) {
                $0.dropsInterim = true
            },
            Fault(check: "100-continue", verdict: .note, remedy: "Expect", patience: .seconds(2)) {
                $0.dropsInterim = true
            },
            Fault(check: "104", remedy: "Upload-Draft-Interop-Version", patience: .seconds(2)) {
                $0.endsWithInterim = true
            },
            Fault(check: "methods", remedy: "X-HTTP-Method-Override, which works") { $0.refuses = ["PATCH"] },
            Fault(check: "methods", remedy: "DELETE") { $0.refuses = ["DELETE"] },
            Fault(check: "methods", remedy: "no-store") { $0.remembersHead = true },
            Fault(check: "long-body", remedy: "client_body_timeout") { $0.cutsAfter = .milliseconds(500) },
            Fault(check: "fields", remedy: "response fields") { $0.strips = ["upload-metadata"] },
            Fault(check: "fields", remedy: "request fields") { $0.forgets = ["upload-checksum"] },
            Fault(check: "ranges", by: "nodes", remedy: "Range") { $0.forgets = ["range"] },
            Fault(check: "credentials", remedy: "Authorization") { $0.forgets = ["authorization"] },
            Fault(check: "http-version", remedy: "proxy_http_version 1.1") { $0.isOld = true },
            Fault(check: "clock", remedy: "NTP") { $0.date = "Sun, 06 Nov 1994 08:49:37 GMT" },
            Fault(check: "reachable", remedy: "OPTIONS") { $0.refuses = ["OPTIONS"] },
        ]

        @Test(arguments: faults) func eachFaultOfAProxyIsNamed(fault: Fault) async throws {
            try await SharedCluster.use { cluster, folder in
                let proxy = try FaultyProxy(to: cluster.port(0), fault.change)
                let found = try await visit(
                    proxy.port, folder, patience: fault.patience, only: [fault.by ?? fault.check])
                let named = found.filter { $0.check == fault.check && $0.verdict == fault.verdict }
                #expect(named.contains { $0.remedy?.contains(fault.remedy) == true }, "\(found)")
            }
        }

        @Test func withoutAFaultNothingIsWrongAndNothingIsLeft() async throws {
            try await SharedCluster.use { cluster, folder in
                let proxy = try FaultyProxy(to: cluster.port(0))
                let found = try await visit(proxy.port, folder, patience: .seconds(60))
                #expect(found.filter { $0.verdict == .wrong } == [])
                let checks: Set = [
                    "reachable", "http-version", "clock", "addresses", "methods", "fields", "request-buffering",
                    "hand-over", "size-limit", "100-continue", "104", "nodes", "finalizer", "long-body",
                ]
                #expect(checks.subtracting(found.map(\.check)) == [])
                let listing = try await cluster.client().request("GET", folder, ["Accept": "application/json"])
                #expect((listing.json["items"] as? [Any])?.isEmpty == true)
            }
        }

        @Test func theCommandTellsWhatIsWrongByItsExitCode() async throws {
            try await SharedCluster.use { cluster, folder in
                let url = "http://admin:\(Cluster.password)@127.0.0.1:\(cluster.port(0))\(folder)"
                let fine = try await cluster.command("doctor", url, "--pause", "0", "--patience", "60", "--json")
                #expect(fine.ending == .exited(0), "\(fine.output)")
                #expect(fine.output.contains(#""check": "request-buffering""#))
                let other = try await cluster.command(
                    "doctor", url, "--check", "cors", "--origin", "https://example.org")
                #expect(other.ending == .exited(1) && other.output.contains("TUSSOCK_CORS_ORIGINS"), "\(other.output)")
                let nobody = try await cluster.command(
                    "doctor", "http://127.0.0.1:\(cluster.port(0))", "--user", "nobody", input: "x")
                #expect(nobody.ending == .exited(1) && nobody.output.contains("credentials"))
                #expect(try await cluster.command("doctor", "ftp://example.org").ending == .exited(64))
                #expect(try await cluster.command("doctor", url, "--check", "luck").ending == .exited(64))
                #expect(try await cluster.command("doctor", url, "--pause", "-1").ending == .exited(64))
            }
        }

        @Test func underTLSTheCertificateIsHeldAgainstWhomIsTrusted() async throws {
            try await SecureCluster.use { secure in
                let url = "https://admin:\(Cluster.password)@127.0.0.1:\(secure.cluster.port(0))"
                let some = ["--check", "request-buffering", "--check", "addresses", "--patience", "60"]
                let fine = try await secure.cluster.command(
                    ["doctor", url, "--cacert", secure.certificate.trusted] + some)
                #expect(fine.ending == .exited(0) && fine.output.contains("request-buffering"), "\(fine.output)")
                let untrusted = try await secure.cluster.command(["doctor", url] + some)
                #expect(untrusted.ending == .exited(1) && untrusted.output.contains("CERTIFICATE_VERIFY_FAILED"))
                #expect(!untrusted.output.contains("request-buffering"), "nothing is sent to a stranger")
                let none = try await secure.cluster.command("doctor", url, "--cacert", "/nonexistent/ca.pem")
                #expect(none.ending == .exited(64) && none.log.contains("--cacert"))
            }
        }

        @Test func whereNobodyAnswersThatIsTheFinding() async throws {
            let proxy = try FaultyProxy(to: 1)
            let found = try await visit(proxy.port, "", patience: .seconds(1))
            #expect(found.map(\.check) == ["reachable"] && found.first?.verdict == .wrong)
        }

        private func visit(
            _ port: Int, _ folder: String, patience: Duration, only checks: Set<String>? = nil
        ) async throws -> [Diagnosis] {
            let (site, user, password) = try Site.parse("http://admin:\(Cluster.password)@127.0.0.1:\(port)\(folder)/")
            var settings = Examination.Settings()
            settings.pause = .seconds(1)
            settings.patience = patience
            settings.uploads = 2
            settings.checks = checks
            let told = Mutex<[Diagnosis]>([])
            let all = try await Examination(site, user: user, password: password, settings: settings) { diagnosis in
                told.withLock { $0.append(diagnosis) }
            }.run()
            #expect(told.withLock { $0 } == all)
            return all
        }
    }
}
