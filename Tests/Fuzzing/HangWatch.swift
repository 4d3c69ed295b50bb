import Dispatch
import Foundation
import Synchronization

/// Ends the process when one input takes too long, and leaves behind the input that was running when it crashed.
package final class HangWatch: Sendable {
    private struct State {
        var target = ""
        var input: [UInt8] = []
        var begin: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let limit: Duration
    private let file: FileHandle
    /// Used by `init` and `deinit` alone.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    /// - Parameters:
    ///   - path: gets the name of the target and the input before each execution.
    ///   - onHang: called once, on a thread of its own.
    package init(limit: Duration, path: String, onHang: @escaping @Sendable (Finding) -> Void) throws {
        self.limit = limit
        try Data().write(to: URL(fileURLWithPath: path))
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "hang-watch"))
        self.timer = timer
        timer.schedule(deadline: .now() + 1, repeating: 0.5)
        timer.setEventHandler { [weak self] in
            if let finding = self?.overdue() { onHang(finding) }
        }
        timer.activate()
    }

    deinit { timer.cancel() }

    package func begins(_ target: String, _ input: [UInt8]) {
        state.withLock { $0 = State(target: target, input: input, begin: .now) }
        let record = Array("\(target) \(input.count)\n".utf8) + input
        // To the page cache, which outlives this process.
        _ = record.withUnsafeBytes { pwrite(file.fileDescriptor, $0.baseAddress, $0.count, 0) }
    }

    package func ends() { state.withLock { $0.begin = nil } }

    private func overdue() -> Finding? {
        state.withLock { state in
            guard let begin = state.begin, begin.advanced(by: limit) < .now else { return nil }
            return Finding(target: state.target, claim: "no end within \(limit)", input: state.input)
        }
    }
}
