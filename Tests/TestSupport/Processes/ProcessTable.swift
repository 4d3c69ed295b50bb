package import Foundation

/// What /proc tells of processes (proc(5)).
package enum ProcessTable {
    /// False for a zombie as well.
    package static func isAlive(_ pid: pid_t) -> Bool {
        fields(of: pid).map { $0[0] != "Z" && $0[0] != "X" } ?? false
    }

    /// The processes whose parent is `pid`, and theirs.
    package static func descendants(of pid: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let parents = names.compactMap { pid_t($0) }.compactMap { process in
            fields(of: process).flatMap { pid_t($0[1]) }.map { (process, $0) }
        }
        var found: [pid_t] = []
        var parentsToSearch: Set<pid_t> = [pid]
        while !parentsToSearch.isEmpty {
            let children = parents.filter { parentsToSearch.contains($0.1) }.map(\.0)
            found += children
            parentsToSearch = Set(children)
        }
        return found
    }

    /// The name of its program, cut to 15 bytes; empty when it is gone.
    package static func name(of pid: pid_t) -> String {
        let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
        return name?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    /// The most memory that the process ever had resident, bytes.
    package static func peakMemory(of pid: pid_t) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
    }

    /// Processor seconds, in user and system mode: its own, and those of its children that have ended.
    package static func processorTime(of pid: pid_t) -> (own: Double, ended: Double)? {
        guard let fields = fields(of: pid), fields.count > 14 else { return nil }
        let ticks = fields[11...14].compactMap { Double($0) }
        let second = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ticks.count == 4 ? ((ticks[0] + ticks[1]) / second, (ticks[2] + ticks[3]) / second) : nil
    }

    /// From the state on; the name before it may hold anything.
    private static func fields(of pid: pid_t) -> [Substring]? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        return fields.count > 1 ? fields : nil
    }
}
