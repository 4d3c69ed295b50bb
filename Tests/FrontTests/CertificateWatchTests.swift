import Chunks
import Foundation
import TestSupport
import Testing

@testable import Front

@Suite struct CertificateWatchTests {
    /// Runs `body` with a watch of one certificate, another pair of files, and the log.
    private func withWatch(
        _ body: (CertificateWatch, _ files: CertificateFiles, _ other: CertificateFiles, TestLog) async throws -> Void
    ) async throws {
        let folder = try await TestFolder()
        var made: [CertificateFiles] = []
        for name in ["one", "other"] {
            let files = CertificateFiles(
                certificate: "\(folder.path)/\(name).pem", key: "\(folder.path)/\(name).key")
            let ending = try await folder.run(
                "openssl-\(name)", "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=\(name)", "-out", files.certificate, "-keyout", files.key,
                ])
            try #require(ending == .exited(0), "\(folder.logs)")
            made.append(files)
        }
        let executor = BlockingExecutor(threads: 1, name: "test")
        let log = TestLog()
        let watch = CertificateWatch(try ServerCertificate(made[0]), files: executor, logger: log.logger)
        try await body(watch, made[0], made[1], log)
        await executor.shutdown()
    }

    private func copy(_ source: String, to target: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: target))
    }

    @Test func filesThatHaveChangedAreTakenOverWithoutASignal() async throws {
        try await withWatch { watch, files, other, log in
            await watch.step(isAsked: false)
            #expect(log.entries.isEmpty)
            try copy(other.certificate, to: files.certificate)
            try copy(other.key, to: files.key)
            await watch.step(isAsked: false)
            #expect(log.entries.count == 1)
            #expect(log.entries.first?.hasPrefix("notice took over a new certificate valid_until=") == true)
        }
    }

    @Test func aPairThatIsBeingReplacedIsNoErrorUnlessItStays() async throws {
        try await withWatch { watch, files, other, log in
            try copy(other.certificate, to: files.certificate)
            await watch.step(isAsked: false)
            #expect(log.entries.isEmpty)
            await watch.step(isAsked: false)
            #expect(log.entries.map { $0.prefix(5) } == ["error"])
            await watch.step(isAsked: false)
            #expect(log.entries.count == 1, "once is enough")
            try copy(other.key, to: files.key)
            await watch.step(isAsked: false)
            #expect(log.entries.last?.hasPrefix("notice took over") == true)
        }
    }

    @Test func aSignalGetsAnAnswerEachTime() async throws {
        try await withWatch { watch, files, _, log in
            await watch.step(isAsked: true)
            try FileManager.default.removeItem(atPath: files.key)
            await watch.step(isAsked: true)
            await watch.step(isAsked: true)
            #expect(log.entries.map { $0.prefix(5) } == ["info ", "error", "error"])
            #expect(log.entries.last?.contains("\(files.key) cannot be read: No such file") == true)
        }
    }
}
