internal import CFileCalls
internal import Glibc

extension FileOperations {
    /// The kernel itself.
    package static let live = FileOperations(
        open: { path, flags, mode throws(SystemFailure) in try check(Glibc.open(path, flags, mode)) },
        close: { descriptor in _ = Glibc.close(descriptor) },
        status: { descriptor throws(SystemFailure) in
            var status = stat()
            _ = try check(fstat(descriptor, &status))
            return FileStatus(status)
        },
        statusOfPath: { path throws(SystemFailure) in
            var status = stat()
            _ = try check(lstat(path, &status))
            return FileStatus(status)
        },
        write: { descriptor, vectors, offset throws(SystemFailure) in
            try check(pwritev(descriptor, vectors.baseAddress, Int32(vectors.count), off_t(offset)))
        },
        read: { descriptor, buffer, offset throws(SystemFailure) in
            try check(pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
        },
        populate: { range throws(SystemFailure) in
            _ = try check(tussock_populate(range.descriptor, range.offset, range.count))
        },
        startWriting: { range throws(SystemFailure) in
            _ = try check(tussock_start_writing(range.descriptor, range.offset, Int64(range.count)))
        },
        syncData: { descriptor throws(SystemFailure) in _ = try check(fdatasync(descriptor)) },
        syncFolder: { descriptor throws(SystemFailure) in _ = try check(fsync(descriptor)) },
        truncate: { descriptor, length throws(SystemFailure) in _ = try check(ftruncate(descriptor, off_t(length))) },
        rename: { from, to throws(SystemFailure) in _ = try check(Glibc.rename(from, to)) },
        unlink: { path throws(SystemFailure) in _ = try check(Glibc.unlink(path)) },
        makeFolder: { path, mode throws(SystemFailure) in _ = try check(mkdir(path, mode)) },
        removeFolder: { path throws(SystemFailure) in _ = try check(rmdir(path)) },
        copyRange: { source, target, offset throws(SystemFailure) in
            try check(tussock_copy_file_range(source.descriptor, source.offset, target, offset, source.count))
        },
        cloneRange: { source, target, offset throws(SystemFailure) in
            let count = UInt64(source.count)
            _ = try check(tussock_clone_range(source.descriptor, source.offset, target, offset, count))
        },
        freeBytes: { path throws(SystemFailure) in
            var status = statvfs()
            _ = try check(statvfs(path, &status))
            return Int64(clamping: UInt64(status.f_bavail).multipliedSaturating(by: UInt64(status.f_frsize)))
        },
        openFolder: { path throws(SystemFailure) in
            guard let folder = opendir(path) else { throw SystemFailure(errno: errno) }
            return folder
        },
        nextName: { folder throws(SystemFailure) in try readName(folder) },
        closeFolder: { folder in _ = closedir(folder) }
    )

    /// The result, or `errno` if it is -1.
    private static func check<Result: SignedInteger>(_ result: Result) throws(SystemFailure) -> Result {
        guard result != -1 else { throw SystemFailure(errno: errno) }
        return result
    }

    /// readdir(3): NULL is the end only if errno is still 0.
    private static func readName(_ folder: OpaquePointer) throws(SystemFailure) -> String? {
        errno = 0
        guard let entry = readdir(folder) else {
            guard errno == 0 else { throw SystemFailure(errno: errno) }
            return nil
        }
        return withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }
}

extension FileStatus {
    init(_ status: stat) {
        let isFile = status.st_mode & S_IFMT == S_IFREG
        self.init(size: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec), isFile: isFile)
    }
}

extension UInt64 {
    /// File systems without a limit answer with numbers near 2^64.
    fileprivate func multipliedSaturating(by other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
