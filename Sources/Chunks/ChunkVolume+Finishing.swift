internal import Glibc

/// Finishing: the committed bytes of an upload become a blob. Every step may be repeated after a crash at any point.
///
/// One cleanly released piece: `verify`, `promote`, `syncBlob`. Several, none, or one of an ousted writer: `verify`,
/// `copyStep` until all is copied, `syncPart`, `publishPart`, `syncBlob`. Chunks are removed after the row's commit.
extension ChunkVolume {
    /// Each piece's file is there (`.missing`) and at least as long as its committed length (`.tooShort`). A piece of
    /// 0 bytes needs no file.
    package func verify(id: String, pieces: [ChunkPiece]) throws {
        for piece in pieces where piece.length > 0 { _ = try openPiece(piece, of: id, flags: O_RDONLY) }
    }

    /// The most that `readStep` holds in memory, bytes.
    private static let readLength = 1 << 20

    /// Shows `body` at most `atMost` of the joined pieces' bytes in their order, from byte `from` on; gives the number
    /// of bytes behind the last one shown. `.missing` and `.tooShort` name the file.
    package func readStep(
        id: String, pieces: [ChunkPiece], from: Int64, atMost: Int64, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws -> Int64 {
        let end = min(pieces.totalLength, from + atMost)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readLength, alignment: 4096)
        defer { buffer.deallocate() }
        var start: Int64 = 0
        for piece in pieces where piece.length > 0 {
            let range = max(start, from)..<max(start, from, min(start + piece.length, end))
            if !range.isEmpty {
                let file = try openPiece(piece, of: id, flags: O_RDONLY)
                try file.show(range.lowerBound - start, count: Int64(range.count), by: buffer, body)
            }
            start += piece.length
        }
        return end
    }

    /// One piece that its writer released cleanly becomes the blob by a rename, cut to its length first.
    ///
    /// May be repeated: no chunk but a blob of that length means that it was done before. Never for a piece whose
    /// writer was ousted (it may still write to it), and refused for one of another upload (others may need it).
    package func promote(id: String, piece: ChunkPiece) throws {
        guard piece.upload == nil || piece.upload == id else {
            throw ChunkError.invalid("a chunk of upload \(piece.upload ?? "") is copied into \(id), never renamed")
        }
        let chunk = try layout.chunk(id, fence: piece.fence)
        let present = try openExisting(chunk, O_WRONLY, in: layout.folder(.uploads, of: id))
        guard let file = present else { return try confirmBlob(id, length: piece.length, insteadOf: chunk) }
        let size = try file.size()
        guard size >= piece.length else { throw ChunkError.tooShort(chunk, size: size, expected: piece.length) }
        if size > piece.length { try file.truncate(to: piece.length) }
        try renameToBlob(chunk, id: id, length: piece.length)
    }

    /// The part becomes the blob by a rename. May be repeated, as `promote` may. `.tooShort` if the part is not
    /// complete; `.inputOutput` if it is longer than `length` bytes, because then it is not made of these pieces.
    package func publishPart(id: String, attempt: Int64, length: Int64) throws {
        let part = try layout.part(id, attempt: attempt)
        let present = try openExisting(part, O_RDONLY, in: layout.folder(.blobs, of: id))
        guard let file = present else { return try confirmBlob(id, length: length, insteadOf: part) }
        let size = try file.size()
        guard size >= length else { throw ChunkError.tooShort(part, size: size, expected: length) }
        guard size == length else {
            throw ChunkError.invalid("\(part) has \(size) bytes instead of \(length): remove it and assemble again")
        }
        try renameToBlob(part, id: id, length: length)
    }

    /// The blob's bytes and its name survive power loss after this; with `page-cache` nothing is done.
    ///
    /// After an error do not publish the row. For a promoted chunk the call may be repeated, for its bytes were synced
    /// before they were committed; an assembled one was synced by `syncPart`.
    package func syncBlob(id: String) throws {
        guard durability == .fsync else { return }
        try openBlobFile(id, flags: O_RDWR).syncData()
        try syncFolder(layout.folder(.blobs, of: id))
        try syncFolder(layout.folder(.uploads, of: id))
    }

    /// Removes the blob; its absence is fine, that of its folder is `.missing`.
    package func removeBlob(id: String) throws {
        try removeFile(layout.blob(id), in: layout.folder(.blobs, of: id))
    }

    /// Opens the blob for reading; `.tooShort` if it has less than `length` bytes.
    package func openBlob(id: String, length: Int64) throws -> BlobReader {
        let file = try openBlobFile(id, flags: O_RDONLY)
        let size = try file.size()
        guard size >= length else { throw ChunkError.tooShort(file.path, size: size, expected: length) }
        return BlobReader(file: file, length: length)
    }
}

extension ChunkVolume {
    func openPiece(_ piece: ChunkPiece, of id: String, flags: Int32) throws(ChunkError) -> OpenFile {
        let upload = piece.upload ?? id
        let path = try layout.chunk(upload, fence: piece.fence)
        let folder = try layout.folder(.uploads, of: upload)
        return try openCommitted(path, committed: piece.length, flags: flags, in: folder)
    }

    private func openBlobFile(_ id: String, flags: Int32) throws(ChunkError) -> OpenFile {
        try openCommitted(layout.blob(id), committed: 0, flags: flags, in: layout.folder(.blobs, of: id))
    }

    /// The source of a rename is gone: fine if the blob is what it was to become.
    private func confirmBlob(_ id: String, length: Int64, insteadOf source: String) throws(ChunkError) {
        let blob = try layout.blob(id)
        guard let file = try openExisting(blob, O_RDONLY, in: layout.folder(.blobs, of: id)) else {
            throw ChunkError(
                code: .missing, message: "neither \(source) nor \(blob) is there; restore one, or give the upload up",
                errno: ENOENT)
        }
        let size = try file.size()
        guard size == length else {
            throw .invalid(
                "\(source) is gone, and \(blob) has \(size) bytes instead of \(length); look at tussock fsck")
        }
    }

    /// A server may rename, lose its answer and be asked again: "no such file" is settled by looking.
    private func renameToBlob(_ source: String, id: String, length: Int64) throws(ChunkError) {
        do {
            try rename(source, to: layout.blob(id))
        } catch {
            guard error.code == .missing else { throw error }
            try confirmBlob(id, length: length, insteadOf: source)
        }
    }
}
