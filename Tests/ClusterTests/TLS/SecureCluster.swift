import Foundation
import TestSupport

/// A cluster whose front nodes speak TLS, and clients for it that others wrote.
struct SecureCluster {
    let cluster: Cluster
    let certificate: TestCertificate

    /// Of its own, for a test that stops a node or changes the certificate.
    static func with<Success>(
        fronts: Int = 1, _ body: (SecureCluster) async throws -> Success
    ) async throws -> Success {
        let certificate = try await TestCertificate()
        return try await withCluster(fronts: fronts, environment: certificate.environment) { cluster in
            try await body(SecureCluster(cluster: cluster, certificate: certificate))
        }
    }

    private static let start = Task {
        let certificate = try await TestCertificate()
        let cluster = try await Cluster.start(fronts: 2, environment: certificate.environment)
        return SecureCluster(cluster: cluster, certificate: certificate)
    }

    /// Shared by tests that kill and stop nothing of it.
    static func use<Success>(_ body: (SecureCluster) async throws -> Success) async throws -> Success {
        let shared = try await start.value
        return try await CurrentFolder.$value.withValue(shared.cluster.folder) { try await body(shared) }
    }

    func url(_ path: String, front: Int = 0) -> String { "https://127.0.0.1:\(cluster.port(front))\(path)" }

    private func name(_ kind: String) -> String { "\(kind)-\(UInt32.random(in: .min ... .max))" }

    /// A file with these bytes.
    func file(_ bytes: Data) throws -> String {
        let path = "\(cluster.folder.path)/\(name("bytes"))"
        try bytes.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// What curl writes to its output.
    func curl(_ arguments: [String]) async throws -> String {
        let curl = try cluster.folder.spawn(
            name("curl"), "/usr/bin/curl",
            [
                "--silent", "--show-error", "--max-time", "60", "--user", "admin:\(Cluster.password)", "--cacert",
                certificate.trusted,
            ] + arguments)
        guard try await curl.end() == .exited(0) else { throw TestServerError(message: curl.log) }
        return curl.output
    }

    func download(_ path: String) async throws -> Data {
        let target = "\(cluster.folder.path)/\(name("download"))"
        _ = try await curl(["--fail", "--output", target, url(path + "/@@download/file")])
        return try Data(contentsOf: URL(fileURLWithPath: target))
    }

    /// A new upload in the root.
    func newUpload(_ filename: String, length: Int) async throws -> TusClient.Upload {
        let head = try await curl([
            "--request", "POST", "--dump-header", "-", "--output", "/dev/null", "--header", "Tus-Resumable: 1.0.0",
            "--header", "Upload-Length: \(length)", "--header",
            "Upload-Metadata: \(TusClient.metadata(filename))", url("/@upload"),
        ])
        guard
            let line = head.split(separator: "\r\n").first(where: { $0.lowercased().hasPrefix("location: https://") }),
            let path = line.range(of: "/@upload/")
        else { throw TestServerError(message: "no https Location in \(head)") }
        return String(line[path.lowerBound...])
    }

    /// Waits until nobody holds the upload, which stands at `offset`.
    func released(_ upload: TusClient.Upload, at offset: Int) async throws {
        try await eventually("the release at \(offset)") {
            try await cluster.row(upload, "\"offset\" = \(offset) AND lease_node IS NULL AND clean") == "t"
        }
    }

    /// Runs a conversation in frames of HTTP/2; gives the lines that it printed.
    func converse(_ script: String, _ arguments: String..., front: Int = 0) async throws -> [String] {
        let python = try cluster.folder.spawn(
            name("h2"), RealClientFiles.python,
            [
                "-c", HTTP2Conversation.prelude + script, "\(cluster.port(front))", certificate.trusted,
                Cluster.password,
            ]
                + arguments)
        guard try await python.end() == .exited(0) else { throw TestServerError(message: python.log) }
        return python.output.split(separator: "\n").map(String.init)
    }
}

/// What `.ci/setup` installs for the tests.
enum RealClientFiles {
    static let python = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".build/python/bin/python").path

    static var areThere: Bool { FileManager.default.isExecutableFile(atPath: python) }
}
