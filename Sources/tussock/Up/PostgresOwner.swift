import Foundation
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#endif

/// The user that PostgreSQL runs as when `up` was started by root.
struct PostgresOwner: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t

    /// nil unless this process is root's.
    static func ofThisProcess() throws -> PostgresOwner? {
        guard geteuid() == 0 else { return nil }
        for name in ["postgres", "nobody"] {
            if let entry = getpwnam(name)?.pointee {
                return PostgresOwner(name: name, user: entry.pw_uid, group: entry.pw_gid)
            }
        }
        throw Settings.Mistake(
            description: "PostgreSQL cannot run as root, and there is no user postgres or nobody; run as another user")
    }

    /// A command line that runs as this user.
    ///
    /// By setpriv (util-linux), not by setuid between fork and exec: in a process with threads glibc's setuid may wait
    /// there for a thread that the fork has left behind, for ever (seen here).
    func command(_ line: [String]) -> [String] {
        ["setpriv", "--reuid", "\(user)", "--regid", "\(group)", "--clear-groups", "--"] + line
    }

    /// Whether the user may pass through the folder and all above it.
    func canReach(_ path: String) async throws -> Bool {
        let line = command(["test", "-x", path])
        let result = try await Subprocess.run(
            .name(line[0]), arguments: Arguments(Array(line.dropFirst())), workingDirectory: "/", output: .discarded,
            error: .discarded)
        return result.terminationStatus.isSuccess
    }

    /// A folder of the user's own.
    func makeFolder(_ path: String) throws -> String {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Settings.Mistake(description: "the folder \(path) cannot be made: \(error.localizedDescription)")
        }
        own(path)
        return path
    }

    func own(_ path: String) {
        chown(path, user, group)
        chmod(path, 0o700)
    }
}
