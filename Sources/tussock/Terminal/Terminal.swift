import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Standard input and output as a person has them before them.
enum Terminal {
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Characters in a line; nil when the output is no terminal.
    static var width: Int? { size?.columns }

    static var size: (columns: Int, rows: Int)? {
        guard isOutput else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), max(1, Int(size.ws_row)))
    }

    /// A line that the person types without it being shown; the first line of standard input when that is no terminal.
    static func secret(_ prompt: String) -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return readLine(strippingNewline: true) }
        FileHandle.standardError.write(Data(prompt.utf8))
        var saved = termios()
        tcgetattr(STDIN_FILENO, &saved)
        var silent = saved
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine(strippingNewline: true)
    }

    static func complain(_ line: String) {
        FileHandle.standardError.write(Data("tussock: \(line)\n".utf8))
    }
}

/// Figures as people read them.
enum Shown {
    static func bytes(_ count: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        if unit == 0 { return "\(count) B" }
        return String(format: value < 10 ? "%.1f" : "%.0f", value) + " " + units[unit]
    }

    /// The two largest units: `3d 4h`, `12s`, `0.3s`, `4ms`.
    static func seconds(_ seconds: Double) -> String {
        if (0.0005..<0.1).contains(seconds) { return String(format: "%.0fms", seconds * 1000) }
        guard seconds >= 1 else { return String(format: "%.1fs", max(0, seconds)) }
        let whole = Int(min(seconds, 1e12))
        let parts = [
            (whole / 86_400, "d"), (whole / 3600 % 24, "h"), (whole / 60 % 60, "m"), (whole % 60, "s"),
        ]
        let first = parts.firstIndex { $0.0 > 0 } ?? 3
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(
            separator: " ")
    }

    static func age(_ date: Date) -> String { seconds(Date().timeIntervalSince(date)) }

    static func time(_ date: Date?) -> String { date?.ISO8601Format() ?? "-" }

    /// `[######----]  60%`
    static func bar(_ part: Int64, of whole: Int64, width: Int = 20) -> String {
        let share = whole > 0 ? min(1, Double(part) / Double(whole)) : 0
        let full = Int(share * Double(width))
        let percent = String(Int(share * 100))
        return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
            + "] "
            + String(repeating: " ", count: 3 - percent.count) + percent + "%"
    }
}
