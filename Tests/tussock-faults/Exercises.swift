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

struct Queue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work off a long queue while one finalizer is killed and the other is stopped.",
        discussion: """
            Looks all the while whether the API, the metrics and the commands agree with the rows. Exit code 1 if they \
            did not, if a job was not done exactly once, or if an item has other bytes than its upload.
            """)

    @Option(help: "Jobs.") var count = 10_000
    @Option(help: "Seconds for which the second finalizer is stopped.") var stopped = 60
    @Option(help: "Jobs that each finalizer runs at the same time.") var concurrency = 2
    @Option(help: "The program under test. (default: the one beside this)") var binary: String?

    func validate() throws {
        guard count > 0, concurrency > 0, stopped >= 0 else {
            throw ValidationError("--count and --concurrency must be above 0, --stopped not below")
        }
    }

    func run() async throws {
        let run = QueueRun(count: count, stopped: .seconds(stopped), concurrency: concurrency, program: binary)
        let report = try await run.run()
        print(report.lines.joined(separator: "\n"))
        try tell(report.violations)
    }
}

private func tell(_ report: ExerciseReport) throws {
    print(report.summary)
    try tell(report.violations)
}

private func tell(_ violations: [String]) throws {
    for violation in violations { print("BROKEN: \(violation)") }
    if !violations.isEmpty { throw ExitCode(1) }
}
