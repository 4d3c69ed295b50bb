import Foundation
import Front
import Fuzzing
import TestSupport
import Testing

@testable import tussock

/// What an operator may write into the environment and into a file.
@Suite struct SettingsTests {
    private static let samples = [
        "max_size: 1073741824\nport: 8080\n", #"{"trusted_proxies": "10.0.0.0/8", "cors_origins": "*"}"#,
        "public_url: https://a.org/x\nlog_level: info\nquota_uploads: 5", "a: [1, 2]\n? b\n: c\n&x *x !!binary |",
    ].map { Array($0.utf8) }

    @Test func noFileBreaksTheSettingsAndAMistakeIsOneLine() async throws {
        let folder = try await TestFolder()
        let file = URL(fileURLWithPath: folder.path + "/settings.yaml")
        var mutator = Mutator(seed: 1)
        var accepted = 0
        for _ in 0..<1500 {
            let text = Data(mutator.next(from: Self.samples).prefix(2000))
            try text.write(to: file)
            accepted += try isAccepted { try Settings(options: [:], file: file.path, environment: [:]) } ? 1 : 0
        }
        #expect(accepted > 0)
    }

    @Test func noValueBreaksTheSettings() throws {
        var mutator = Mutator(seed: 2)
        let samples = ["1", "8080", "https://a.org", "10.0.0.0/8,::1", "*", "fsync", "-1", "9223372036854775808"]
        var accepted = 0
        for _ in 0..<1500 {
            let value = String(decoding: mutator.next(from: samples.map { Array($0.utf8) }), as: UTF8.self)
            let environment = Dictionary(
                uniqueKeysWithValues: Settings.known.map { ("TUSSOCK_\($0.uppercased())", value) })
            accepted +=
                try isAccepted { try Settings(options: [:], file: nil, environment: environment) } ? 1 : 0
            for name in ["TUSSOCK_TRUSTED_PROXIES", "TUSSOCK_CORS_ORIGINS", "TUSSOCK_PUBLIC_URL"] {
                _ = try isAccepted { try Settings(options: [:], file: nil, environment: [name: value]) }
            }
        }
        #expect(accepted > 0)
    }

    /// Whether a front node would start on them; a refusal must be a mistake that is told in words.
    private func isAccepted(_ make: () throws -> Settings) throws -> Bool {
        do {
            _ = try FrontSettings(make())
            return true
        } catch let mistake as Settings.Mistake {
            #expect(!mistake.description.isEmpty)
            return false
        }
    }
}
