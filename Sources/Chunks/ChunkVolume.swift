internal import Glibc

/// The bytes of uploads and of finished files on the shared volume; every decision about them is in PostgreSQL.
///
/// The volume gives close-to-open consistency and atomic rename, no more (DESIGN.md, Scale). So nothing here takes a
/// lock, makes a hard link, scans a folder on the way of a request, or believes a `stat` of a path: sizes are asked of
/// a file that was just opened. All calls block; run them on a `BlockingExecutor`.
///
/// **The subtle rule.** A chunk file whose last writer was ousted by force may still be written to behind its committed
/// prefix. It is never appended to and never renamed; only its prefix is copied. Which files those are stands in the
/// rows: the caller decides, by the fence that it gives to `openChunk` and by choosing `promote` or `copyStep`.
package struct ChunkVolume: Sendable {
    package let root: String
    package let durability: Durability
    let operations: FileOperations
    let layout: VolumeLayout

    package init(root: String, durability: Durability = .fsync, operations: FileOperations = .live) {
        self.root = root
        self.durability = durability
        self.operations = operations
        self.layout = VolumeLayout(root: root)
    }

    /// Bytes that an ordinary user may still write (`statvfs`: `f_bavail * f_frsize`).
    package func freeBytes() throws -> Int64 {
        try attempt("ask for the free space of", root) { () throws(SystemFailure) in
            try operations.freeBytes(root)
        }
    }

    /// Writes, syncs and removes a small file, for `/readyz`: what fails here would fail an upload.
    package func probe() throws {
        let path = "\(root)/.probe-\(Self.randomDigits())"
        do {
            try writeSmallFile(path, text: "tussock probe\n", sync: durability == .fsync)
        } catch {
            // The first failure is the one to tell; a probe that could not be written is often not there to remove.
            _ = try? removeFile(path)
            throw error
        }
        try removeFile(path)
    }
}

// MARK: - The steps that the other files of this type share

extension ChunkVolume {
    static let fileMode: UInt32 = 0o640
    static let folderMode: UInt32 = 0o750

    /// 16 hex digits that no other process comes up with at the same time.
    static func randomDigits() -> String {
        String(UInt64.random(in: UInt64(1) << 60 ... .max), radix: 16)
    }

    func attempt<R>(
        _ action: String, _ path: String, _ body: () throws(SystemFailure) -> R
    ) throws(ChunkError) -> R {
        do {
            return try uninterrupted(body)
        } catch {
            throw ChunkError(error, action: action, path: path)
        }
    }

    func open(_ path: String, _ flags: Int32) throws(ChunkError) -> OpenFile {
        try attempt("open", path) { () throws(SystemFailure) in
            try OpenFile(path, flags, mode: Self.fileMode, operations: operations)
        }
    }

    /// Opens a file that must be there; nil if it is not, but its folder is.
    ///
    /// An NFS client may remember for a minute that a name did not exist. Opening the folder makes it ask the server
    /// again, so absence is believed only after that; and an absent folder (nothing mounted) is an error.
    func openExisting(_ path: String, _ flags: Int32, in folder: String) throws(ChunkError) -> OpenFile? {
        if let file = try openIfPresent(path, flags) { return file }
        _ = try open(folder, O_RDONLY | O_DIRECTORY)
        return try openIfPresent(path, flags)
    }

    private func openIfPresent(_ path: String, _ flags: Int32) throws(ChunkError) -> OpenFile? {
        do {
            return try open(path, flags)
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
    }

    /// With `page-cache` nothing.
    func syncFolder(_ path: String) throws(ChunkError) {
        guard durability == .fsync else { return }
        try syncFolderAlways(path)
    }

    func syncFolderAlways(_ path: String) throws(ChunkError) {
        try open(path, O_RDONLY | O_DIRECTORY).syncFolder()
    }

    func rename(_ from: String, to path: String) throws(ChunkError) {
        try attempt("rename to \(path) the file", from) { () throws(SystemFailure) in try operations.rename(from, path)
        }
    }

    /// Whether there was a file to remove.
    @discardableResult
    func removeFile(_ path: String) throws(ChunkError) -> Bool {
        do {
            try attempt("remove", path) { () throws(SystemFailure) in try operations.unlink(path) }
            return true
        } catch {
            guard error.code == .missing else { throw error }
            return false
        }
    }

    /// Absent is fine, unless the folder is absent too: then the volume is, and the file may well be on it.
    func removeFile(_ path: String, in folder: String) throws(ChunkError) {
        guard try !removeFile(path) else { return }
        _ = try open(folder, O_RDONLY | O_DIRECTORY)
    }

    func writeSmallFile(_ path: String, text: String, sync: Bool) throws(ChunkError) {
        let file = try open(path, O_WRONLY | O_CREAT | O_TRUNC)
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBufferPointer { bytes throws(ChunkError) in
            try file.write(all: UnsafeRawBufferPointer(bytes), at: 0)
        }
        if sync { try file.syncData() }
    }
}
