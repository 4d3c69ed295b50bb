internal import Glibc
package import NIOCore
internal import Synchronization

/// One open chunk file.
///
/// One task at a time writes; `sync` may run beside it on another thread, as checkpoints do. All calls block.
///
/// **Failures.** A failed `write` leaves the writer usable and `length` true: it counts what was certainly written, and
/// that may still be synced and committed. A failed `sync` breaks the writer for good, and so does its beginning in
/// `write`, when that fails. The kernel reports a lost page once and then takes it for clean, so a second `fdatasync`
/// would succeed over a hole ("fsyncgate"): nothing after the last good sync may be trusted, and every later `write`
/// and `sync` throws the same error. The next claim opens the file anew at the committed length and so overwrites
/// whatever was lost.
package final class ChunkWriter: Sendable {
    private struct State {
        var file: OpenFile?
        var length: Int64
        /// Up to where the kernel was told to begin with the writing to the disk.
        var begun: Int64
        /// From where it is being told: if that fails, what stands behind may be lost.
        var beginning: Int64?
        /// What the last sync said.
        var synced: Int64
        var folderIsSynced: Bool
        var broken: ChunkError?
    }

    private let state: Mutex<State>
    /// Held through a sync, so that of two at once the second does not overtake the first's failure.
    private let syncing = Mutex(())
    private let path: String
    private let syncsFolder: @Sendable () throws(ChunkError) -> Void
    private let durability: Durability

    init(
        file: OpenFile, length: Int64, isNew: Bool, durability: Durability,
        syncFolder: @escaping @Sendable () throws(ChunkError) -> Void
    ) {
        self.state = Mutex(State(file: file, length: length, begun: length, synced: length, folderIsSynced: !isNew))
        self.path = file.path
        self.durability = durability
        self.syncsFolder = syncFolder
    }

    /// Bytes of this file that are written: those that were committed at opening, and all since.
    package var length: Int64 { state.withLock { $0.length } }

    /// Appends all of `buffers`, without copying them, or throws; see above for what `length` is then.
    package func write(_ buffers: [ByteBuffer]) throws {
        try write(buffers, file: usableFile())
    }

    /// Makes everything durable that was written before the call, and says how many bytes of the file that is.
    ///
    /// With `fsync`: `fdatasync`, and `fsync` of the folder the first time if the file is new. With `page-cache`
    /// nothing. The result, not a `length` read later, is what a checkpoint beside a running write may commit.
    @discardableResult
    package func sync() throws -> Int64 {
        try syncing.withLock { _ in try syncOnce() }
    }

    /// Cuts off all bytes behind the first `length` of the file and closes it. They never counted and shall take no
    /// room; nothing relies on it, since whoever opens the file next cuts them off as well.
    package func discard(to length: Int64) throws {
        let file = state.withLock { state in
            defer { state.file = nil }
            return state.file
        }
        try file?.truncate(to: length)
    }

    /// Every later `write` and `sync` throws; one that is still running on another thread ends undisturbed.
    package func close() {
        state.withLock { $0.file = nil }
    }
}

extension ChunkWriter {
    private func usableFile() throws(ChunkError) -> OpenFile {
        try usable().file
    }

    private func usable() throws(ChunkError) -> (file: OpenFile, state: State) {
        let state = self.state.withLock { $0 }
        if let broken = state.broken { throw broken }
        guard let file = state.file else { throw .invalid("\(path) was closed by this writer already") }
        return (file, state)
    }

    private func syncOnce() throws(ChunkError) -> Int64 {
        let (file, before) = try usable()
        guard durability == .fsync else { return before.length }
        try breaking { () throws(ChunkError) in
            try file.syncData()
            if !before.folderIsSynced { try syncsFolder() }
        }
        return try state.withLock { state throws(ChunkError) in
            // A beginning that failed meanwhile, or may yet, has told this sync nothing.
            if let broken = state.broken { throw broken }
            state.folderIsSynced = true
            state.synced = max(state.synced, min(before.length, state.beginning ?? .max))
            return state.synced
        }
    }

    /// IOV_MAX of Linux: more vectors in one call are EINVAL.
    private static let vectorsPerCall = 1024

    private func write(_ buffers: [ByteBuffer], file: OpenFile) throws(ChunkError) {
        // The pointers stay good after the closure because `buffers` keeps the storage, and nobody else may change it.
        var vectors = buffers.compactMap { buffer in
            buffer.withUnsafeReadableBytesWithStorageManagement { bytes, _ in
                bytes.isEmpty
                    ? nil : iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            }
        }
        defer { withExtendedLifetime(buffers) {} }
        var next = 0
        while next < vectors.count {
            let last = min(next + Self.vectorsPerCall, vectors.count)
            let position = length
            let count = try vectors[next..<last].withUnsafeBufferPointer { chosen throws(ChunkError) in
                try file.write(chosen, at: position)
            }
            if let large = wrote(count) { try begin(large, file) }
            next = Self.advance(&vectors, from: next, by: count)
        }
    }

    /// Bytes of which the writing to the disk begins before they are synced: it goes on beside the reading, instead of
    /// all of it at the end. With 8 streams in PATCHes of 8 MiB that is a quarter faster.
    private static let ahead: Int64 = 512 << 10
    private static let page: Int64 = 4096

    private func begin(_ range: Range<Int64>, _ file: OpenFile) throws(ChunkError) {
        try breaking { () throws(ChunkError) in try file.startWriting(range) }
        state.withLock { $0.beginning = nil }
    }

    /// What fails here breaks the writer.
    private func breaking(_ body: () throws(ChunkError) -> Void) throws(ChunkError) {
        do {
            try body()
        } catch {
            state.withLock { $0.broken = error }
            throw error
        }
    }

    /// Gives what the disk is to begin with, in whole pages.
    private func wrote(_ count: Int) -> Range<Int64>? {
        state.withLock { state in
            state.length += Int64(count)
            guard durability == .fsync, state.length - state.begun >= Self.ahead else { return nil }
            let range = state.begun..<(state.length / Self.page * Self.page)
            (state.begun, state.beginning) = (range.upperBound, range.lowerBound)
            return range
        }
    }

    /// Cuts the written bytes off the front; the index of the first vector that still has some.
    private static func advance(_ vectors: inout [iovec], from first: Int, by count: Int) -> Int {
        var index = first
        var rest = count
        while index < vectors.count, rest >= vectors[index].iov_len {
            rest -= vectors[index].iov_len
            index += 1
        }
        guard rest > 0, index < vectors.count else { return index }
        vectors[index].iov_base = vectors[index].iov_base.map { $0 + rest }
        vectors[index].iov_len -= rest
        return index
    }
}
