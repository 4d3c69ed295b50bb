import Foundation
import TestSupport
import Testing

extension WholeProcesses {
    /// What an operator may get wrong: the program ends at once, and one line says what it was.
    @Suite struct WrongStart {
        private func expectRefusal(
            _ arguments: [String], _ environment: [String: String] = [:], naming words: String...,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let folder = try await TestFolder()
            let process = try folder.spawn("tussock", try Program.path(), arguments, environment: environment)
            let ending = try await process.end()
            #expect(ending != .exited(0), sourceLocation: sourceLocation)
            if case .killed = ending { Issue.record("it crashed: \(ending)", sourceLocation: sourceLocation) }
            let message = process.log.trimmingCharacters(in: .whitespacesAndNewlines)
            for word in words { #expect(message.contains(word), sourceLocation: sourceLocation) }
            #expect(!message.contains("\n"), "more than a line: \(message)", sourceLocation: sourceLocation)
            #expect(process.output == "", sourceLocation: sourceLocation)
        }

        /// With all that a role needs.
        private static func environment(_ cluster: Cluster, _ changes: [String: String] = [:]) -> [String: String] {
            ["TUSSOCK_DATABASE_URL": cluster.database, "TUSSOCK_VOLUME": cluster.volume, "TUSSOCK_OPS_PORT": "0"]
                .merging(changes) { $1 }
        }

        private static let roles = [["serve", "--port", "0"], ["finalize"]]

        @Test(arguments: roles) func aMissingSettingIsNamed(role: [String]) async throws {
            try await expectRefusal(role, ["TUSSOCK_VOLUME": "/tmp"], naming: "database-url", "TUSSOCK_DATABASE_URL")
            try await SharedCluster.use { cluster, _ in
                var environment = Self.environment(cluster)
                environment["TUSSOCK_VOLUME"] = nil
                try await expectRefusal(role, environment, naming: "volume", "TUSSOCK_VOLUME")
            }
        }

        /// All at once, because each takes the seconds in which a database may still come up.
        @Test func aWrongDatabaseIsNamed() async throws {
            try await SharedCluster.use { cluster, _ in
                let port = try freePort()
                let wrong = [
                    ("postgresql://a b:c:d/", "TUSSOCK_DATABASE_URL"),
                    ("postgresql://u@127.0.0.1:\(port)/x", "\(port)"),
                    (cluster.server.conninfo(database: "no_such_database"), "no_such_database"),
                ]
                try await withThrowingDiscardingTaskGroup { group in
                    for role in Self.roles + [["migrate"]] {
                        for (url, word) in wrong {
                            let environment = Self.environment(cluster, ["TUSSOCK_DATABASE_URL": url])
                            group.addTask { try await expectRefusal(role, environment, naming: "database", word) }
                        }
                    }
                }
            }
        }

        @Test func aNewerSchemaIsRefusedUnlessItSaysThatThisVersionMayGoOn() async throws {
            try await withCluster(fronts: 0, finalizers: 0) { cluster in
                try await cluster.sql(
                    """
                    INSERT INTO schema_migration (name, checksum, compatible_with)
                    SELECT '998_later', '', max(left(name, 3)::integer) FROM schema_migration
                    """)
                try await cluster.startFront()
                try await cluster.startFinalizer()
                let same = try await cluster.command("migrate")
                #expect(same.ending == .exited(0) && same.output.contains("nothing to apply"))
                try await cluster.sql("INSERT INTO schema_migration (name, checksum) VALUES ('999_latest', '')")
                for role in Self.roles {
                    try await expectRefusal(role, Self.environment(cluster), naming: "999_latest", "tussock migrate")
                }
            }
        }

        @Test func aCertificateThatCannotBeUsedIsNamed() async throws {
            let (one, other) = (try await TestCertificate(), try await TestCertificate())
            func refused(_ certificate: String?, _ key: String?, _ words: String...) async throws {
                var environment: [String: String] = [:]
                environment["TUSSOCK_TLS_CERTIFICATE"] = certificate
                environment["TUSSOCK_TLS_KEY"] = key
                for word in words { try await expectRefusal(["serve"], environment, naming: word) }
            }
            try await refused(one.certificate, nil, "TUSSOCK_TLS_CERTIFICATE is set, so --tls-key (TUSSOCK_TLS_KEY)")
            try await refused(nil, one.key, "TUSSOCK_TLS_KEY is set, so --tls-certificate (TUSSOCK_TLS_CERTIFICATE)")
            try await refused("/no/such.pem", one.key, "TUSSOCK_TLS_CERTIFICATE: /no/such.pem cannot be read: No such")
            try await refused(one.key, one.key, "TUSSOCK_TLS_CERTIFICATE: \(one.key) holds no certificate")
            try await refused(one.certificate, one.certificate, "TUSSOCK_TLS_KEY: \(one.certificate) holds no private")
            try await refused(one.certificate, other.key, "TUSSOCK_TLS_KEY: \(other.key) is not the key of the first")
        }

        @Test(arguments: roles) func anUnmigratedDatabaseIsToldHowToMend(role: [String]) async throws {
            try await SharedCluster.use { cluster, _ in
                let empty = try await cluster.server.createDatabase()
                let environment = Self.environment(cluster, ["TUSSOCK_DATABASE_URL": empty])
                try await expectRefusal(role, environment, naming: "schema", "tussock migrate")
            }
        }

        @Test(arguments: roles) func aVolumeThatCannotBeUsedIsNamed(role: [String]) async throws {
            try await SharedCluster.use { cluster, _ in
                let nowhere = Self.environment(cluster, ["TUSSOCK_VOLUME": "/nowhere/volume"])
                try await expectRefusal(role, nowhere, naming: "volume", "/nowhere/volume")
                // A volume that this database does not know: an empty mount point.
                let other = try await TestFolder()
                let empty = Self.environment(cluster, ["TUSSOCK_VOLUME": other.path])
                try await expectRefusal(role, empty, naming: "volume", other.path)
                let file = Self.environment(cluster, ["TUSSOCK_VOLUME": "/etc/passwd"])
                try await expectRefusal(role, file, naming: "volume", "/etc/passwd")
            }
        }

        @Test func aTakenPortIsNamed() async throws {
            try await SharedCluster.use { cluster, _ in
                let taken = cluster.port(0)
                let environment = Self.environment(cluster)
                try await expectRefusal(["serve", "--port", "\(taken)"], environment, naming: "\(taken)", "--port")
                try await expectRefusal(
                    ["serve", "--port", "0", "--ops-port", "\(taken)"], environment, naming: "\(taken)", "--ops-port")
                try await expectRefusal(
                    ["finalize", "--ops-port", "\(taken)"], environment, naming: "\(taken)", "--ops-port")
                try await expectRefusal(
                    ["serve", "--host", "no.such.host.invalid"], environment, naming: "no.such.host.invalid", "--host")
            }
        }

        @Test func aMalformedSettingIsNamedAsItWasGiven() async throws {
            try await SharedCluster.use { cluster, _ in
                let environment = Self.environment(cluster)
                try await expectRefusal(["serve", "--port", "x"], environment, naming: "--port", "\"x\"")
                try await expectRefusal(
                    ["serve"], environment.merging(["TUSSOCK_MAX_SIZE": "1k"]) { $1 }, naming: "TUSSOCK_MAX_SIZE", "1k")
                for (variable, value, wrong) in [
                    ("TUSSOCK_TRUSTED_PROXIES", "::1,10.0.0.0/33", "10.0.0.0/33"),
                    ("TUSSOCK_CORS_ORIGINS", "https://a.org/x", "https://a.org/x"),
                    ("TUSSOCK_PUBLIC_URL", "files.example.org", "files.example.org"),
                ] {
                    try await expectRefusal(
                        ["serve"], environment.merging([variable: value]) { $1 }, naming: variable, "\"\(wrong)\"")
                }
                try await expectRefusal(
                    ["serve", "--durability", "none"], environment, naming: "--durability", "page-cache")
            }
        }
    }
}
