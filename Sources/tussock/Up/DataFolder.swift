import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The folder of one `tussock up`: `postgres/`, `volume/`, and what it needs to know of an earlier run that was killed.
struct DataFolder: Sendable {
    /// Absolute.
    let path: String
    /// Held as long as this process lives; the kernel lets go of it, also after SIGKILL.
    private let lock: Int32

    var volume: String { path + "/volume" }
    private var children: String { path + "/children" }

    /// This program, for the processes of the roles.
    static var thisExecutable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// Makes the folder if it is not there and takes it for this process.
    static func open(_ name: String) throws -> DataFolder {
        let path = URL(fileURLWithPath: name).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(atPath: path + "/volume", withIntermediateDirectories: true)
        } catch {
            throw Settings.Mistake(
                description: "--data: the folder \(path) cannot be made or written: \(reason(error))")
        }
        let lock = Glibc.open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else {
            throw Settings.Mistake(
                description: "--data: the folder \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw Settings.Mistake(
                description: "--data: another `tussock up` runs on \(path); stop that one, or name another folder")
        }
        return DataFolder(path: path, lock: lock)
    }

    private static func reason(_ error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        return cause.map { String(cString: strerror(Int32($0.code))) } ?? "\(error.localizedDescription)"
    }

    // MARK: Processes of an earlier run

    /// Notes a process of ours, by its number and the time of its start, since numbers come again.
    func note(_ process: pid_t) {
        guard let start = Self.start(of: process) else { return }
        let line = Data("\(process) \(start)\n".utf8)
        guard let handle = FileHandle(forWritingAtPath: children) ?? Self.made(children) else { return }
        handle.seekToEndOfFile()
        handle.write(line)
        try? handle.close()
    }

    private static func made(_ path: String) -> FileHandle? {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        return FileHandle(forWritingAtPath: path)
    }

    /// After a kill -9 of `up` its processes end by themselves; waits for that, and ends those that hang.
    func waitForLeftovers() async throws {
        let text = FileManager.default.contents(atPath: children).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let left = text.split(separator: "\n").compactMap { line -> (pid: pid_t, start: String)? in
            let words = line.split(separator: " ")
            guard words.count == 2, let pid = pid_t(words[0]) else { return nil }
            return (pid, String(words[1]))
        }
        for tick in 0..<150 {
            let alive = left.filter { Self.start(of: $0.pid) == $0.start }
            if alive.isEmpty { break }
            if tick == 120 { for process in alive { kill(process.pid, SIGKILL) } }
            try await Task.sleep(for: .milliseconds(100))
        }
        try? FileManager.default.removeItem(atPath: children)
    }

    /// Ticks since boot, from /proc/PID/stat; nil if there is no such process, or only its zombie.
    private static func start(of process: pid_t) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let words = text[text.index(after: end)...].split(separator: " ")
        return words.count > 19 && words[0] != "Z" ? String(words[19]) : nil
    }
}
