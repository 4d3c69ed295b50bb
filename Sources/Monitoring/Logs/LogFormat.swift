import Glibc
package import Logging

/// How lines of the log look.
package enum LogFormat: String, CaseIterable, Sendable {
    case json, text

    /// A logger whose lines go to standard error, one write a line.
    package func logger(_ label: String, level: Logger.Level) -> Logger {
        logger(label, level: level) { StandardError.write($0) }
    }

    func logger(_ label: String, level: Logger.Level, _ write: @escaping @Sendable ([UInt8]) -> Void) -> Logger {
        var logger = Logger(label: label) { LineHandler(format: self, label: $0, write: write) }
        logger.logLevel = level
        return logger
    }

    fileprivate func line(_ label: String, _ event: LogEvent, _ metadata: Logger.Metadata) -> [UInt8] {
        let time = LogTime.now()
        return switch self {
        case .json: LogLine.json(time, event.level, label, "\(event.message)", metadata)
        case .text: LogLine.text(time, event.level, label, "\(event.message)", metadata)
        }
    }
}

private struct LineHandler: LogHandler {
    let format: LogFormat
    let label: String
    let write: @Sendable ([UInt8]) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(format: LogFormat, label: String, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.format = format
        self.label = label
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // The line's own are the most.
        var told = event.metadata ?? [:]
        for (key, value) in metadata where told[key] == nil { told[key] = value }
        for (key, value) in LogScope.metadata where told[key] == nil { told[key] = value }
        write(format.line(label, event, told))
    }
}

private enum StandardError {
    /// A line that cannot be written is lost: there is nowhere to say so.
    static func write(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 { rest = rest.dropFirst(count) } else if !mayTryAgain() { return }
            }
        }
    }

    /// Somebody may have given us a pipe that does not block.
    private static func mayTryAgain() -> Bool {
        if errno == EINTR { return true }
        guard errno == EAGAIN else { return false }
        var writable = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&writable, 1, -1) >= 0 || errno == EINTR
    }
}

/// The time of a line: RFC 3339, UTC, milliseconds.
private enum LogTime {
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        gmtime_r(&time.tv_sec, &parts)
        let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        let thousandths = time.tv_nsec / 1_000_000
        let fraction = thousandths < 10 ? "00\(thousandths)" : thousandths < 100 ? "0\(thousandths)" : "\(thousandths)"
        return "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }

    private static func two(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
