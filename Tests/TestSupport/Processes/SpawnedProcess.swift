package import Foundation

/// A child process whose standard input is a pipe from this one, and whose output and log are files.
///
/// Made with posix_spawn rather than `Process`, whose `waitUntilExit` also waits for what a killed child left running.
package final class SpawnedProcess: Sendable {
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        /// By this signal.
        case killed(Int32)
    }

    package let name: String
    package let pid: pid_t
    private let input: Int32
    private let outputFile: String
    private let errorFile: String
    private let ending: Task<Ending, any Error>

    /// Starts it; its files are `<folder>/<name>.out` and `<folder>/<name>.log`, which grow when a name comes again.
    ///
    /// - Parameter environment: added to this process's own.
    package init(
        _ name: String, _ executable: String, _ arguments: [String], environment: [String: String], folder: String
    ) throws {
        self.name = name
        (outputFile, errorFile) = ("\(folder)/\(name).out", "\(folder)/\(name).log")
        try Data().write(to: URL(fileURLWithPath: outputFile))
        let (reading, writing) = try Self.pipe()
        input = writing
        defer { close(reading) }
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let files = try SpawnFiles(input: reading, output: outputFile, error: errorFile)
        let child = try files.spawn(executable, [executable] + arguments, all.map { "\($0)=\($1)" })
        pid = child
        ending = Task { try await onThread { try Self.wait(for: child) } }
    }

    deinit { close(input) }

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw TestServerError(message: "no pipe: errno \(errno)") }
        // No other child may keep the writing end open: its closing is how this process's end is told.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func wait(for pid: pid_t) throws -> Ending {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw TestServerError(message: "waitpid: errno \(errno)") }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
    }

    /// What it has written to standard output.
    package var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }

    /// What it, and others before it under this name, have written to standard error.
    package var log: String { (try? String(contentsOfFile: errorFile, encoding: .utf8)) ?? "" }

    /// Whether it lives; a zombie does not.
    package var isAlive: Bool { ProcessTable.isAlive(pid) }

    /// Waits for its first line on standard output. Throws with its log if it ends without one.
    package func firstLine(within limit: Duration = .seconds(60)) async throws -> String {
        try await line(within: limit) { _ in true }
    }

    /// Waits for a whole line on standard output. Throws with its log if it ends without one.
    package func line(
        within limit: Duration = .seconds(60), where condition: (Substring) -> Bool
    ) async throws -> String {
        var found: Substring?
        try await eventually("a line of \(name)", within: limit) {
            let hasEnded = !isAlive
            let text = output
            let whole = text.prefix(upTo: text.lastIndex(of: "\n") ?? text.startIndex)
            found = whole.split(separator: "\n").first(where: condition)
            if found == nil, hasEnded { throw TestServerError(message: "\(name) ended: \(log)") }
            return found != nil
        }
        return String(found ?? "")
    }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        if isAlive { kill(pid, number) }
    }

    /// Waits for its end, which has the given time to come.
    package func end(within limit: Duration = .seconds(60)) async throws -> Ending {
        try await eventually("the end of \(name)", within: limit) { !isAlive }
        return try await ending.value
    }

    /// SIGTERM, and SIGKILL for one that has not ended some seconds later; also for one that is stopped.
    package func stop(grace: Duration = .seconds(5)) async {
        signal(SIGCONT)
        signal(SIGTERM)
        do {
            _ = try await end(within: grace)
        } catch {
            signal(SIGKILL)
            _ = try? await ending.value
        }
    }
}
