internal import Glibc

/// Chunk files: bytes on their way in.
extension ChunkVolume {
    /// Opens the chunk file (id, fence), of which the first `committed` bytes count; whatever lies behind is cut off.
    ///
    /// With `committed` 0 the file is made if there is none and emptied if there is one. Else it must be there
    /// (`.missing`) and at least so long (`.tooShort`). The folder is never made: without it nothing is mounted, and
    /// that is `.missing` too. Only for a fence whose last writer released it cleanly, or for one that is new.
    package func openChunk(id: String, fence: Int64, committed: Int64) throws -> ChunkWriter {
        guard committed >= 0 else { throw ChunkError.invalid("\(committed) committed bytes of \(id) cannot be") }
        let folder = try layout.folder(.uploads, of: id)
        let path = try layout.chunk(id, fence: fence)
        let file: OpenFile
        if committed == 0 {
            file = try open(path, O_WRONLY | O_CREAT | O_TRUNC)
        } else {
            file = try openCommitted(path, committed: committed, flags: O_WRONLY, in: folder)
            if try file.size() > committed { try file.truncate(to: committed) }
        }
        return ChunkWriter(file: file, length: committed, isNew: committed == 0, durability: durability) {
            () throws(ChunkError) in try self.syncFolder(folder)
        }
    }

    /// Removes the chunk file; its absence is fine, that of its folder is `.missing` (nothing is mounted).
    package func removeChunk(id: String, fence: Int64) throws {
        try removeFile(layout.chunk(id, fence: fence), in: layout.folder(.uploads, of: id))
    }

    /// `removeChunk` of each fence: all are tried, then the first error is thrown.
    package func removeUploadFiles(id: String, fences: [Int64]) throws {
        try tryAll(fences) { try removeChunk(id: id, fence: $0) }
    }

    /// A file that must have `committed` bytes or more.
    func openCommitted(
        _ path: String, committed: Int64, flags: Int32, in folder: String
    ) throws(ChunkError) -> OpenFile {
        guard let file = try openExisting(path, flags, in: folder) else {
            throw ChunkError(SystemFailure(errno: ENOENT), action: "open", path: path)
        }
        let size = try file.size()
        guard size >= committed else { throw .tooShort(path, size: size, expected: committed) }
        return file
    }

    func tryAll<Element>(_ elements: [Element], _ body: (Element) throws -> Void) throws {
        var failure: (any Error)?
        for element in elements {
            do { try body(element) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}
