import Foundation
import Logging
import ServiceLifecycle
import Subprocess
import Synchronization
import SystemPackage

/// A process of ours, started again when it dies, until shutdown.
final class ChildProcess: Service {
    let name: String
    private let executable: String
    private let arguments: [String]
    private let environment: [String: String]
    private let folder: DataFolder
    private let logger: Logger
    private let starts: AsyncStream<Void>
    private let start: AsyncStream<Void>.Continuation
    /// A process that ends sooner than this was not able to start; twice in a row, and `up` gives up.
    private static let soon: Duration = .seconds(2)
    /// How long it has to end after SIGTERM before it is killed.
    private static let grace: Duration = .seconds(15)

    init(
        name: String, executable: String, arguments: [String], environment: [String: String], folder: DataFolder,
        logger: Logger
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.logger = logger
        (starts, start) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns when the process accepts work: it has written its first line.
    func started() async {
        for await _ in starts { return }
    }

    func run() async throws {
        defer { start.finish() }
        var failures = 0
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let begin = ContinuousClock.now
            let status = try await runOnce()
            if Task.isShuttingDownGracefully || Task.isCancelled { return }
            failures = ContinuousClock.now - begin < Self.soon ? failures + 1 : 0
            if failures >= 2 {
                throw Settings.Mistake(description: "\(name) cannot be started (\(status)); its messages stand above")
            }
            logger.warning("a process ended and is started again", metadata: ["name": "\(name)", "end": "\(status)"])
        }
    }

    private func runOnce() async throws -> TerminationStatus {
        var platform = PlatformOptions()
        // A group of its own: Ctrl-C in the terminal reaches `up` alone, which stops the others in order.
        platform.processGroupID = 0
        let values = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
        let result = try await Subprocess.run(
            .path(FilePath(executable)), arguments: Arguments(arguments), environment: .inherit.updating(values),
            platformOptions: platform, input: .inputWriter, output: .sequence, error: .currentStandardError
        ) { execution in
            folder.note(execution.processIdentifier.value)
            logger.debug("started", metadata: ["name": "\(name)", "pid": "\(execution.processIdentifier)"])
            await supervise(execution)
        }
        return result.terminationStatus
    }

    /// Until the process closes its output, which it does when it ends.
    private func supervise<Input, Failure>(_ execution: Execution<Input, SequenceOutput, Failure>) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [start] in
                do {
                    for try await _ in execution.standardOutput { start.yield() }
                } catch {
                    return true
                }
                return true
            }
            group.addTask { [name, logger] in
                try? await gracefulShutdown()
                do {
                    try execution.send(signal: .terminate)
                    try await Task.sleep(for: Self.grace)
                    try execution.send(signal: .kill)
                } catch {
                    logger.trace("ended meanwhile", metadata: ["name": "\(name)"])
                }
                return false
            }
            while let isOver = await group.next() {
                if isOver { group.cancelAll() }
            }
        }
    }
}
