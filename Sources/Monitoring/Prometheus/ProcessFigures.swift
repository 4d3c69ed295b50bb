import Foundation
import Meters

/// What the kernel knows of this process. What cannot be read is left out.
package struct ProcessFigures: Sendable {
    package var residentBytes: Int64?
    package var cpuSeconds: Double?
    package var openFiles: Int?
    package var mostFiles: Int64?
    /// Seconds since 1970.
    package var startTime: Double?

    /// Reads files of /proc; takes well below a millisecond.
    package static func now() -> ProcessFigures {
        var figures = ProcessFigures()
        // proc(5): the name in parentheses may hold blanks; what follows it begins with field 3.
        let stat = read("/proc/self/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        if stat.count > 21, let user = Double(stat[11]), let system = Double(stat[12]), ticks > 0 {
            figures.cpuSeconds = (user + system) / ticks
            figures.residentBytes = Int64(stat[21]).map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) }
            if let begun = Double(stat[19]), let boot = bootTime { figures.startTime = boot + begun / ticks }
        }
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        // One of them is the folder's own.
        figures.openFiles = names.map { $0.count - 1 }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.mostFiles = Int64(clamping: limit.rlim_cur)
        }
        return figures
    }

    private static let bootTime: Double? = {
        let line = read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) }
    }()

    private static func read(_ path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        return (try? handle.readToEnd()).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Exposition {
    package mutating func write(_ figures: ProcessFigures) {
        let known: [(Metric, Double?)] = [
            (.residentBytes, figures.residentBytes.map(Double.init)), (.cpuSeconds, figures.cpuSeconds),
            (.openFiles, figures.openFiles.map(Double.init)), (.mostFiles, figures.mostFiles.map(Double.init)),
            (.startTime, figures.startTime),
        ]
        for case (let metric, let value?) in known { write(metric, value) }
    }
}
