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

    /// Whether the user may pass through the folder and all above it.
    func canReach(_ path: String) async throws -> Bool {
        var options = PlatformOptions()
        options.userID = user
        options.groupID = group
        options.supplementaryGroups = [group]
        let result = try await Subprocess.run(
            .name("test"), arguments: ["-x", path], workingDirectory: "/", platformOptions: options,
            output: .discarded, error: .discarded)
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
