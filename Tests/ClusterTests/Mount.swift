import Foundation

/// A tmpfs on a volume's folder, to be full, read-only or gone.
enum Mount {

    /// Why a test with mounts cannot run here; nil if it can.
    static let obstacle: String? = {
        guard getuid() == 0 else { return "mounting a tmpfs needs root" }
        let path = "/tmp/tussock-mount-\(getpid())"
        defer { rmdir(path) }
        guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else {
            return "this machine does not let root mount a tmpfs (errno \(errno))"
        }
        return umount(path) == 0 ? nil : "a tmpfs cannot be unmounted (errno \(errno))"
    }()

    static func tmpfs(at path: String, mebibytes: Int) throws {
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            throw MountFailure(description: "no tmpfs at \(path): errno \(errno)")
        }
    }

    static func setReadOnly(_ path: String, _ isReadOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        guard mount("tmpfs", path, "tmpfs", flags, nil) == 0 else {
            throw MountFailure(description: "\(path) cannot be mounted again: errno \(errno)")
        }
    }

    /// Also when files are still open in it.
    static func remove(_ path: String) { umount2(path, Int32(MNT_DETACH)) }
}

struct MountFailure: Error, CustomStringConvertible {
    var description: String
}
