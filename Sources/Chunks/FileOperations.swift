package import Glibc

/// A system call's `errno`, before anybody knows which path and what purpose it had.
package struct SystemFailure: Error, Sendable, Equatable {
    package let errno: Int32

    package init(errno: Int32) {
        self.errno = errno
    }
}

/// What `stat` says of a file: `size` in bytes, `modified` in whole seconds since 1970.
package struct FileStatus: Sendable, Equatable {
    package let size: Int64
    package let modified: Int64
    package let isFile: Bool

    package init(size: Int64, modified: Int64, isFile: Bool) {
        self.size = size
        self.modified = modified
        self.isFile = isFile
    }
}

/// The few system calls that this module makes, as closures, so that a test can fail the first, the second, the third.
///
/// Each does what the call of its name in section 2 of the Linux manual does and throws its `errno`. None retries:
/// `EINTR` is met by the callers, so that a test can inject it as well.
package struct FileOperations: Sendable {
    package typealias Descriptor = Int32

    /// `open(path, flags, mode)`; `O_CLOEXEC` is in the flags already.
    package var open: @Sendable (String, Int32, UInt32) throws(SystemFailure) -> Descriptor
    /// `close`; its result is of no use, for nothing is promised about bytes that were not synced.
    package var close: @Sendable (Descriptor) -> Void
    /// `fstat`.
    package var status: @Sendable (Descriptor) throws(SystemFailure) -> FileStatus
    /// `lstat`.
    package var statusOfPath: @Sendable (String) throws(SystemFailure) -> FileStatus
    /// `pwritev(descriptor, vectors, offset)`: bytes written, perhaps fewer than given.
    package var write: @Sendable (Descriptor, UnsafeBufferPointer<iovec>, Int64) throws(SystemFailure) -> Int
    /// `pread(descriptor, buffer, offset)`: bytes read, 0 at the end.
    package var read: @Sendable (Descriptor, UnsafeMutableRawBufferPointer, Int64) throws(SystemFailure) -> Int
    /// `madvise(MADV_POPULATE_READ)` of a mapping of the range: its bytes are in the page cache.
    package var populate: @Sendable (FileRange) throws(SystemFailure) -> Void
    /// `sync_file_range(SYNC_FILE_RANGE_WRITE)`.
    package var startWriting: @Sendable (FileRange) throws(SystemFailure) -> Void
    /// `fdatasync` of a file.
    package var syncData: @Sendable (Descriptor) throws(SystemFailure) -> Void
    /// `fsync` of a folder.
    package var syncFolder: @Sendable (Descriptor) throws(SystemFailure) -> Void
    /// `ftruncate(descriptor, length)`.
    package var truncate: @Sendable (Descriptor, Int64) throws(SystemFailure) -> Void
    /// `rename(from, to)`, of files and of folders.
    package var rename: @Sendable (String, String) throws(SystemFailure) -> Void
    /// `unlink`.
    package var unlink: @Sendable (String) throws(SystemFailure) -> Void
    /// `mkdir(path, mode)`.
    package var makeFolder: @Sendable (String, UInt32) throws(SystemFailure) -> Void
    /// `rmdir`.
    package var removeFolder: @Sendable (String) throws(SystemFailure) -> Void
    /// `copy_file_range`: bytes copied, perhaps fewer, 0 at the end of the source.
    package var copyRange: @Sendable (FileRange, Descriptor, Int64) throws(SystemFailure) -> Int
    /// `ioctl(FICLONERANGE)`: all of the range or an error.
    package var cloneRange: @Sendable (FileRange, Descriptor, Int64) throws(SystemFailure) -> Void
    /// `statvfs`: `f_bavail * f_frsize`, bytes.
    package var freeBytes: @Sendable (String) throws(SystemFailure) -> Int64
    /// `opendir`.
    package var openFolder: @Sendable (String) throws(SystemFailure) -> OpaquePointer
    /// `readdir`: the next name, `.` and `..` included; nil at the end.
    package var nextName: @Sendable (OpaquePointer) throws(SystemFailure) -> String?
    /// `closedir`.
    package var closeFolder: @Sendable (OpaquePointer) -> Void
}

/// A run of bytes in an open file: where a copy takes them from.
package struct FileRange: Sendable, Equatable {
    package let descriptor: Int32
    package let offset: Int64
    package let count: Int

    package init(descriptor: Int32, offset: Int64, count: Int) {
        self.descriptor = descriptor
        self.offset = offset
        self.count = count
    }
}
