import TestSupport
import Testing

/// Everything here runs whole processes of the program, so one test runs at a time.
@Suite(.serialized, .timeLimit(.minutes(15)), .withLogs) enum WholeProcesses {}

/// Runs a test on a cluster of its own, and stops the cluster however the test ends.
func withCluster<Success>(
    fronts: Int = 1, finalizers: Int = 1, serve: [String] = [], finalize: [String] = [],
    environment: [String: String] = [:], server: PostgresServer? = nil, databasePort: Int? = nil,
    prepare: (String) async throws -> Void = { _ in }, _ body: (Cluster) async throws -> Success
) async throws -> Success {
    let cluster = try await Cluster.start(
        fronts: fronts, finalizers: finalizers, serve: serve, finalize: finalize, environment: environment,
        server: server, databasePort: databasePort, prepare: prepare)
    let result: Result<Success, any Error>
    do {
        result = .success(try await CurrentFolder.$value.withValue(cluster.folder) { try await body(cluster) })
    } catch {
        result = .failure(WithLogs(error: error, logs: cluster.folder.logs))
    }
    await cluster.stop()
    return try result.get()
}

/// The processes of two front nodes and one finalizer that tests share which kill and stop none of them.
enum SharedCluster {
    private static let start = Task { try await Cluster.start(fronts: 2) }

    /// A folder of the test's own in the shared cluster, as the path of its URL.
    static func use<Success>(_ body: (Cluster, String) async throws -> Success) async throws -> Success {
        let cluster = try await start.value
        let name = "f\(UInt64.random(in: .min ... .max))"
        return try await CurrentFolder.$value.withValue(cluster.folder) {
            let answer = try await cluster.client().createFolder(name)
            guard answer.status == 201 else { throw UnexpectedAnswer(answer) }
            return try await body(cluster, "/" + name)
        }
    }
}

/// Repeats what a machine that is busy with something else may spoil: a holder that does not come to answer within 2 s
/// loses its claim by force, as it should, and with it what it had not committed.
func onceOfFive(_ attempt: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<5 where try await attempt() { return true }
    return false
}

/// An error of a test, with what the processes had to say.
struct WithLogs: Error, CustomStringConvertible {
    var error: any Error
    var logs: String
    var description: String { "\(error)\n\(logs)" }
}

enum CurrentFolder {
    @TaskLocal static var value: TestFolder?
}

extension Trait where Self == IssueHandlingTrait {
    /// Puts the processes' logs below every failed expectation.
    static var withLogs: Self {
        .compactMapIssues { issue in
            // A suite's trait is asked again for every suite inside of it.
            guard let folder = CurrentFolder.value, !issue.comments.contains(where: { $0.rawValue.hasPrefix("---") })
            else { return issue }
            var issue = issue
            issue.comments.append(Comment(rawValue: folder.logs))
            return issue
        }
    }
}
