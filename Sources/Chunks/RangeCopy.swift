internal import Glibc

/// Copies a run of bytes between two files in the cheapest way that the file system has.
///
/// Shared blocks (FICLONERANGE: XFS, btrfs, NFS 4.2) for the whole blocks, then `copy_file_range`, then read and write.
/// That a way is not offered is no error, only a reason to take the next; that the disk is full or broken is one.
struct RangeCopy {
    /// Clones must lie on block boundaries: 4 KiB with XFS and btrfs. With larger blocks the kernel refuses (EINVAL),
    /// and the bytes are copied.
    static let blockLength: Int64 = 4096
    static let bufferLength = 1 << 20

    let source: OpenFile
    let target: OpenFile
    let operations: FileOperations

    /// `.tooShort` if the source ends early.
    func copy(from sourceOffset: Int64, to targetOffset: Int64, count: Int64) throws(ChunkError) {
        var done = try clone(from: sourceOffset, to: targetOffset, count: count)
        done += try copyInKernel(from: sourceOffset + done, to: targetOffset + done, count: count - done)
        try copyByHand(from: sourceOffset + done, to: targetOffset + done, count: count - done)
    }

    /// Bytes cloned: all whole blocks, or 0.
    private func clone(from sourceOffset: Int64, to targetOffset: Int64, count: Int64) throws(ChunkError) -> Int64 {
        let blocks = count - count % Self.blockLength
        guard sourceOffset % Self.blockLength == 0, targetOffset % Self.blockLength == 0, blocks > 0 else { return 0 }
        let range = FileRange(descriptor: source.descriptor, offset: sourceOffset, count: Int(blocks))
        let cloned: Void? = try unlessRefused { () throws(SystemFailure) in
            try operations.cloneRange(range, target.descriptor, targetOffset)
        }
        return cloned == nil ? 0 : blocks
    }

    /// Bytes copied: fewer than `count` if the kernel will not go on; the next way finds out why.
    private func copyInKernel(from sourceOffset: Int64, to targetOffset: Int64, count: Int64) throws(ChunkError)
        -> Int64
    {
        var done: Int64 = 0
        while done < count {
            let rest = Int(count - done)
            let range = FileRange(descriptor: source.descriptor, offset: sourceOffset + done, count: rest)
            let position = targetOffset + done
            let copied = try unlessRefused { () throws(SystemFailure) in
                try operations.copyRange(range, target.descriptor, position)
            }
            guard let copied, copied > 0 else { break }
            done += Int64(copied)
        }
        return done
    }

    private func copyByHand(from sourceOffset: Int64, to targetOffset: Int64, count: Int64) throws(ChunkError) {
        guard count > 0 else { return }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(min(count, Int64(Self.bufferLength))), alignment: Int(Self.blockLength))
        defer { buffer.deallocate() }
        var done: Int64 = 0
        while done < count {
            let wanted = UnsafeMutableRawBufferPointer(
                rebasing: buffer.prefix(Int(min(count - done, Int64(buffer.count)))))
            let got = try source.read(into: wanted, at: sourceOffset + done)
            guard got == wanted.count else {
                let end = sourceOffset + done
                throw .tooShort(source.path, size: end + Int64(got), expected: sourceOffset + count)
            }
            try target.write(all: UnsafeRawBufferPointer(wanted), at: targetOffset + done)
            done += Int64(got)
        }
    }

    /// nil if the call is not offered here: unknown, or not between or for these files.
    private func unlessRefused<R>(_ body: () throws(SystemFailure) -> R) throws(ChunkError) -> R? {
        do {
            return try uninterrupted(body)
        } catch {
            switch error.errno {
            case ENOSYS, EOPNOTSUPP, ENOTTY, EXDEV, EINVAL, EBADF, EPERM, ETXTBSY: return nil
            default: throw ChunkError(error, action: "copy \(source.path) to", path: target.path)
            }
        }
    }
}
