import Foundation
import TestSupport
import Testing

/// Prometheus' own checks.
enum Promtool {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// `.ci/setup` makes it.
    private static let path = root.appending(path: ".build/promtool").path

    /// Holds what the processes say at `/metrics` against the rules for names and types. Where promtool is missing it
    /// says so and checks nothing, but in CI that is a failure.
    static func expectNoComplaint(_ cluster: Cluster, _ processes: SpawnedProcess...) async throws {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            #expect(ProcessInfo.processInfo.environment["CI"] == nil, "there is no \(path): .ci/setup makes it")
            return print("not checked by promtool, which is missing: .ci/setup makes \(path)")
        }
        for process in processes {
            let file = "\(cluster.folder.path)/metrics-of-\(process.name)"
            try Data(try await cluster.scrape(process).text.utf8).write(to: URL(fileURLWithPath: file))
            let check = try cluster.folder.spawn(
                "promtool-\(process.name)", "/bin/sh", ["-c", "exec \"$1\" check metrics < \"$2\"", "sh", path, file])
            #expect(try await check.end() == .exited(0), "\(check.output)\(check.log)")
            #expect(check.output + check.log == "")
        }
    }
}
