import ArgumentParser
import FaultHarness

/// How fast a claim goes from one node to another, and whether that costs anything.
struct Handovers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hand an upload to and fro between two front nodes.",
        discussion: """
            Each time a PATCH hangs half-way at one node, and HEAD asks the other, where the upload goes on. Prints \
            how long HEAD took. Exit code 1 if a byte was lost or a client that asked first got a conflict.
            """)

    @Option(help: "Hand-overs by a node that runs.") var count = 1000
    @Option(help: "Hand-overs by a node that is stopped with SIGSTOP.") var stopped = 10
    @Option(help: "The program under test. (default: the one beside this)") var binary: String?

    func validate() throws {
        guard count >= 0, stopped >= 0 else { throw ValidationError("--count and --stopped must not be below 0") }
    }

    func run() async throws {
        try tell(try await HandoverRun(count: count, stopped: stopped, program: binary).run())
    }
}

struct Racers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have many clients send PATCH at the same offset through two front nodes.",
        discussion: """
            Again and again until the upload is complete. Exit code 1 if more than one of them was told that it moved \
            the offset, or if a byte is wrong in the end.
            """)

    @Option(help: "Clients that race.") var clients = 20
    @Option(help: "Uploads, one after another.") var uploads = 10
    @Option(help: "Length of each upload, KiB.") var size: Int64 = 1024
    @Option(help: "The program under test. (default: the one beside this)") var binary: String?

    func validate() throws {
        guard clients > 0, uploads > 0, size > 0 else {
            throw ValidationError("--clients, --uploads and --size must be above 0")
        }
    }

    func run() async throws {
        try tell(
            try await RaceRun(clients: clients, uploads: uploads, length: size << 10, program: binary).run())
    }
}

private func tell(_ report: ExerciseReport) throws {
    print(report.summary)
    for violation in report.violations { print("BROKEN: \(violation)") }
    if !report.violations.isEmpty { throw ExitCode(1) }
}
