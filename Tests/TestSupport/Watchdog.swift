import Foundation

/// A shell script that lives as long as its standard input, which is a pipe from this process, and takes commands
/// from it.
///
/// The script starts the daemon, because `Process.waitUntilExit` also waits for what its child has left running.
final class Watchdog: Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let queue = DispatchQueue(label: "watchdog")

    init(script: String, arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "watchdog"] + arguments
        process.standardInput = input
        process.standardOutput = output
        // No other child may keep the pipe open.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
    }

    /// Reads the answer to a command, or to the start (nil); throws `TestServerError` unless it is `ready`.
    func ask(_ command: String?) async throws {
        let answer = await withCheckedContinuation { continuation in
            // One after another, and not on a cooperative thread: reading blocks.
            queue.async { continuation.resume(returning: self.exchange(command)) }
        }
        guard answer == "ready" else { throw TestServerError(message: "\(command ?? "start"): \(answer)") }
    }

    private func exchange(_ command: String?) -> String {
        if let command { try? input.fileHandleForWriting.write(contentsOf: Data("\(command)\n".utf8)) }
        var bytes = Data()
        while let byte = try? output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) { bytes += byte }
        return String(decoding: bytes, as: UTF8.self)
    }
}
