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
                #expect(try await listed(cluster, folder).isEmpty)
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

        @Test func everyRegisteredNodeMustAnswerOrIsNamed() async throws {
            try await SharedCluster.use { cluster, folder in
                let balancing = try FaultyProxy(to: cluster.port(0), and: cluster.port(1))
                let all = try await visit(balancing.port, folder, patience: .seconds(60), only: ["nodes"])
                #expect(all.contains { $0.check == "balancing" && $0.verdict == .ok && $0.message.contains("all 2") })

                let options = try await cluster.client(1).request("OPTIONS", folder + "/@upload")
                let hidden = try #require(options["X-Tussock-Node"])
                let sticky = try FaultyProxy(to: cluster.port(0))
                let some = try await visit(sticky.port, folder, patience: .seconds(60), only: ["nodes"])
                let note = try #require(some.first { $0.check == "balancing" })
                #expect(note.verdict == .note && note.message.hasPrefix("1 of 2 registered front nodes"))
                #expect(note.message.contains("\(hidden) on "))

                // Who may not see the register is told nothing of it.
                let added = try await cluster.command(
                    "users", "add", "visitor", "--role", "Contributor", "--password-stdin", input: Cluster.password)
                #expect(added.ending == .exited(0), "\(added.log)")
                let found = try await visit(
                    sticky.port, folder, user: "visitor", patience: .seconds(60), only: ["nodes"])
                #expect(found.contains { $0.check == "nodes" && $0.verdict == .ok })
                #expect(!found.contains { $0.check == "balancing" || $0.verdict == .wrong })
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func interruptedItRemovesItsFolder(signal: Int32) async throws {
            try await SharedCluster.use { cluster, folder in
                // Of half a body nothing ever arrives, so this check goes on for as long as its patience.
                let proxy = try FaultyProxy(to: cluster.port(0)) { $0.buffersRequests = true }
                let url = "http://admin:\(Cluster.password)@127.0.0.1:\(proxy.port)\(folder)"
                let doctor = try cluster.begin("doctor", url, "--pause", "3600", "--patience", "600")
                _ = try await doctor.line { $0.hasPrefix("ok    fields") }
                #expect(try await listed(cluster, folder).count == 1)
                doctor.signal(signal)
                #expect(try await doctor.end() == .exited(128 + signal), "\(doctor.log)")
                #expect(doctor.log.contains("interrupted"))
                #expect(try await listed(cluster, folder).isEmpty)
                #expect(!doctor.output.contains("wrong"), "what an interrupted check saw is no finding")
            }
        }

        private func listed(_ cluster: Cluster, _ folder: String) async throws -> [Any] {
            let listing = try await cluster.client().request("GET", folder, ["Accept": "application/json"])
            return try #require(listing.json["items"] as? [Any])
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
            _ port: Int, _ folder: String, user: String = "admin", patience: Duration, only checks: Set<String>? = nil
        ) async throws -> [Diagnosis] {
            let (site, _, _) = try Site.parse("http://127.0.0.1:\(port)\(folder)/")
            var settings = Examination.Settings()
            settings.pause = .seconds(1)
            settings.patience = patience
            settings.uploads = 2
            settings.checks = checks
            let told = Mutex<[Diagnosis]>([])
            let all = try await Examination(site, user: user, password: Cluster.password, settings: settings) {
                diagnosis in
                told.withLock { $0.append(diagnosis) }
            }.run()
            #expect(told.withLock { $0 } == all)
            return all
        }
    }
}
