import Foundation
import TestSupport

/// A self-signed certificate for 127.0.0.1, in files of its own, made by `openssl`.
struct TestCertificate {
    let folder: TestFolder

    var certificate: String { folder.path + "/server.pem" }
    var key: String { folder.path + "/server.key" }
    /// Where clients find whom to trust, whatever `certificate` holds meanwhile.
    var trusted: String { folder.path + "/trusted.pem" }

    init(name: String = "first") async throws {
        folder = try await TestFolder()
        try await make(name)
        try FileManager.default.copyItem(atPath: certificate, toPath: trusted)
    }

    /// Puts another certificate in the place of this one.
    func make(_ name: String, days: Int = 2) async throws {
        let ending = try await folder.run(
            "openssl-\(name)", "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "\(days)",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key,
            ])
        guard ending == .exited(0) else { throw TestServerError(message: "openssl: \(folder.logs)") }
    }

    /// What a front node is to be told.
    var environment: [String: String] { ["TUSSOCK_TLS_CERTIFICATE": certificate, "TUSSOCK_TLS_KEY": key] }
}
