internal import Glibc

/// Why the volume did not do what was asked: the code decides, the message is for the log and the operator.
///
/// The message names the path, what was tried, the kernel's reason and what to do about it.
package struct ChunkError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// ENOSPC, EDQUOT: wait and try again; no attempt is used up.
        case noSpace
        /// EROFS, EACCES, EPERM: an operator must mend the mount or the owner.
        case readOnly
        /// ENOENT: the file, or the whole folder because nothing is mounted there.
        case missing
        /// The identity is another volume's, or of a format that this version does not know.
        case notThisVolume
        /// The file has fewer bytes than the row says.
        case tooShort
        /// EIO, ESTALE and all others, among them an id that is none.
        case inputOutput
    }

    package let code: Code
    package let message: String
    package let errno: Int32?

    package init(code: Code, message: String, errno: Int32? = nil) {
        self.code = code
        self.message = message
        self.errno = errno
    }

    package var description: String { message }
}

extension ChunkError {
    /// `action` reads on from "cannot", for instance "open".
    init(_ failure: SystemFailure, action: String, path: String) {
        let code = Code(errno: failure.errno)
        let reason = strerror(failure.errno).map { String(cString: $0) } ?? "unknown error"
        let advice = Self.advice(code, errno: failure.errno)
        let message = "cannot \(action) \(path): \(reason) (errno \(failure.errno)); \(advice)"
        self.init(code: code, message: message, errno: failure.errno)
    }

    static func tooShort(_ path: String, size: Int64, expected: Int64) -> ChunkError {
        let message =
            "\(path) has \(size) bytes, but \(expected) are committed; "
            + "restore the file or give the upload up (tussock fsck lists all such files)"
        return ChunkError(code: .tooShort, message: message)
    }

    static func invalid(_ message: String) -> ChunkError {
        ChunkError(code: .inputOutput, message: message)
    }

    private static func advice(_ code: Code, errno: Int32) -> String {
        switch code {
        case .noSpace: "free space on the volume or raise its quota"
        case .readOnly: "mount the volume read-write and let this process's user own it"
        case .missing: "is the volume mounted, and was it initialised?"
        case .inputOutput where errno == ESTALE: "the file was removed or the server restarted: try again, else remount"
        case .notThisVolume, .tooShort, .inputOutput: "look at the kernel's log and the storage"
        }
    }
}

extension ChunkError.Code {
    init(errno: Int32) {
        switch errno {
        case ENOSPC, EDQUOT: self = .noSpace
        case EROFS, EACCES, EPERM: self = .readOnly
        case ENOENT: self = .missing
        default: self = .inputOutput
        }
    }
}
