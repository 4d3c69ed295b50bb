import ArgumentParser
import Foundation
import UnixSignals

/// Work that cleans up behind itself: SIGINT (Ctrl-C) and SIGTERM cancel it, and the process goes on until it has
/// ended. A second signal ends the process at once.
enum Interruptible {
    /// Throws an exit code after an interruption: 128 and the signal's number, as shells have it.
    /// - Parameter notice: what the person is told then.
    static func run<Success: Sendable>(
        _ notice: String, _ body: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task(operation: body)
        let watch = Task {
            var first: UnixSignal?
            for await signal in signals {
                if first != nil { exit(128 + signal.rawValue) }
                first = signal
                Terminal.complain(notice)
                work.cancel()
            }
            return first
        }
        let result = await work.result
        watch.cancel()
        if let signal = await watch.value { throw ExitCode(128 + signal.rawValue) }
        return try result.get()
    }
}
