import Foundation

/// A folder in /tmp for the processes of one test.
///
/// A shell holds a pipe from this process. When the pipe ends, be it by `deinit` or by `kill -9`, it ends the processes
/// that were started for the folder and are still there, those that hang or are stopped included, and removes it.
package final class TestFolder: Sendable {
    package let path: String
    private let watchdog: Watchdog

    /// The folder's processes, children of children included, are those whose environment names it.
    private static let script = """
        trap '' INT HUP TERM
        echo ready
        while read -r _; do :; done
        end() {
            for process in /proc/[0-9]*; do
                grep -qsF "TESTS_OF_TUSSOCK=$1" "$process/environ" && kill "$2" "${process#/proc/}"
            done
        } 2>/dev/null
        sleep 1
        # PostgreSQL leaves shared memory behind when it is killed.
        end "$1" -INT && sleep 1
        end "$1" -KILL
        grep -F " $1/" /proc/mounts | cut -d' ' -f2 | while read -r mount; do umount -l "$mount"; done
        rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
        """

    package init() async throws {
        var template = Array("/tmp/tussock-cluster-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestServerError(message: "no folder in /tmp: errno \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        watchdog = try Watchdog(script: Self.script, arguments: [path])
        try await watchdog.ask(nil)
    }

    /// Starts a process that ends with this one at the latest. Unless told otherwise it takes bytes on a disk that is
    /// nearly full, too.
    package func spawn(
        _ name: String, _ executable: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> SpawnedProcess {
        let own = ["TUSSOCK_MIN_FREE_BYTES": "1"].merging(environment) { $1 }
        return try SpawnedProcess(
            name, executable, arguments, environment: own.merging(["TESTS_OF_TUSSOCK": path]) { $1 }, folder: path)
    }

    /// Runs a process to its end.
    package func run(
        _ name: String, _ executable: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> SpawnedProcess.Ending {
        try await spawn(name, executable, arguments, environment: environment).end()
    }

    /// The last lines of every process's log.
    package var logs: String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".log") }
        return names.sorted().compactMap { name in
            let text = (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? ""
            return text.isEmpty ? nil : "--- \(name)\n" + text.split(separator: "\n").suffix(15).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
