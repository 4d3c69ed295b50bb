package import Logging
import Synchronization

/// Keeps what is logged, at every level, so that a test can claim something about it.
package final class TestLog: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    /// `level message key=value …`, oldest first.
    package var entries: [String] { lines.withLock { $0 } }

    package var logger: Logger {
        Logger(label: "test") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace
        init(log: TestLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let line = (["\(event.level) \(event.message)"] + all.map { "\($0.key)=\($0.value)" }).joined(
                separator: " ")
            log.lines.withLock { $0.append(line) }
        }
    }
}
