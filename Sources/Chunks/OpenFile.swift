internal import Glibc

/// One open descriptor and its path: every call is retried on `EINTR` and fails as a `ChunkError` naming the path.
///
/// The descriptor is closed with the last reference, so that a `close` on one thread never pulls it away, or hands
/// its number to another file, under a sync that still runs on a second thread.
final class OpenFile: Sendable {
    let descriptor: Int32
    let path: String
    private let operations: FileOperations

    init(_ path: String, _ flags: Int32, mode: UInt32 = 0, operations: FileOperations) throws(SystemFailure) {
        let flags = flags | O_CLOEXEC | O_NOFOLLOW
        self.descriptor = try uninterrupted { () throws(SystemFailure) in try operations.open(path, flags, mode) }
        self.path = path
        self.operations = operations
    }

    deinit {
        operations.close(descriptor)
    }

    /// Bytes in the file as the server says at opening (close-to-open), never as a cached `stat` of the path.
    func size() throws(ChunkError) -> Int64 {
        try status().size
    }

    func status() throws(ChunkError) -> FileStatus {
        try attempt("look at") { () throws(SystemFailure) in try operations.status(descriptor) }
    }

    func truncate(to length: Int64) throws(ChunkError) {
        try attempt("cut") { () throws(SystemFailure) in try operations.truncate(descriptor, length) }
    }

    /// Whether the file has all of the range and the kernel holds it in memory now. That it does not say why it cannot
    /// is no loss: reading does.
    func holds(_ range: Range<Int64>) -> Bool {
        guard let size = try? size(), size >= range.upperBound else { return false }
        let part = FileRange(descriptor: descriptor, offset: range.lowerBound, count: range.count)
        return (try? operations.populate(part)) != nil
    }

    /// Begins to bring written bytes to the disk, so that `syncData` finds less to do; nothing where the kernel or the
    /// file system cannot. A failure may be told here alone: what was to be written may be lost, as by a failed sync.
    func startWriting(_ range: Range<Int64>) throws(ChunkError) {
        let part = FileRange(descriptor: descriptor, offset: range.lowerBound, count: range.count)
        try attempt("begin to write") { () throws(SystemFailure) in
            do throws(SystemFailure) {
                try operations.startWriting(part)
            } catch {
                guard [ENOSYS, EINVAL, ESPIPE, EOPNOTSUPP, EPERM].contains(error.errno) else { throw error }
            }
        }
    }

    func syncData() throws(ChunkError) {
        try attempt("sync") { () throws(SystemFailure) in try operations.syncData(descriptor) }
    }

    /// Some file systems refuse `fsync` of a folder with EINVAL: they offer no such promise, and none can be had.
    func syncFolder() throws(ChunkError) {
        do {
            try uninterrupted { () throws(SystemFailure) in try operations.syncFolder(descriptor) }
        } catch {
            guard error.errno == EINVAL else { throw ChunkError(error, action: "sync the folder", path: path) }
        }
    }

    /// Bytes written, at least one unless nothing was given.
    func write(_ vectors: UnsafeBufferPointer<iovec>, at offset: Int64) throws(ChunkError) -> Int {
        let count = try attempt("write") { () throws(SystemFailure) in
            try operations.write(descriptor, vectors, offset)
        }
        guard count > 0 else { throw ChunkError(SystemFailure(errno: EIO), action: "write", path: path) }
        return count
    }

    func write(all bytes: UnsafeRawBufferPointer, at offset: Int64) throws(ChunkError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: bytes[done...]))
            var vector = iovec(iov_base: rest.baseAddress, iov_len: rest.count)
            done += try withUnsafePointer(to: &vector) { pointer throws(ChunkError) in
                try write(UnsafeBufferPointer(start: pointer, count: 1), at: offset + Int64(done))
            }
        }
    }

    /// Fills `buffer` as far as the file goes; the number of bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ChunkError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let position = offset + Int64(done)
            let count = try attempt("read") { () throws(SystemFailure) in
                try operations.read(descriptor, rest, position)
            }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    /// Shows `count` bytes from `offset` on, one filling of `buffer` after the other. `.tooShort` if the file ends
    /// early.
    func show(
        _ offset: Int64, count: Int64, by buffer: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(ChunkError) {
        var done: Int64 = 0
        while done < count {
            let wanted = UnsafeMutableRawBufferPointer(
                rebasing: buffer.prefix(Int(min(count - done, Int64(buffer.count)))))
            let got = try read(into: wanted, at: offset + done)
            guard got == wanted.count else {
                throw .tooShort(path, size: offset + done + Int64(got), expected: offset + count)
            }
            body(UnsafeRawBufferPointer(wanted))
            done += Int64(got)
        }
    }

    private func attempt<R>(
        _ action: String, _ body: () throws(SystemFailure) -> R
    ) throws(ChunkError) -> R {
        do {
            return try uninterrupted(body)
        } catch {
            throw ChunkError(error, action: action, path: path)
        }
    }
}

/// Repeats a call that a signal broke off (NFS mounts may be interruptible even in `open` and `fdatasync`).
func uninterrupted<R>(_ body: () throws(SystemFailure) -> R) throws(SystemFailure) -> R {
    while true {
        do {
            return try body()
        } catch {
            guard error.errno == EINTR else { throw error }
        }
    }
}
