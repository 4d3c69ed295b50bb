internal import Glibc

/// Joining several pieces into `<id>.<attempt>.part`.
extension ChunkVolume {
    /// The most that one step copies, so that a worker reports, and can be stopped, often enough: 64 MiB.
    package static let stepLength: Int64 = 64 << 20

    /// Copies all committed prefixes in their order, from byte `from` of the whole on; calls `progress` after each step
    /// of at most 64 MiB with the bytes done, which may throw to stop. See `copyStep`.
    package func assemble(
        id: String, attempt: Int64, pieces: [ChunkPiece], from: Int64, progress: (Int64) throws -> Void
    ) throws {
        let total = pieces.totalLength
        var done = from
        repeat {
            done = try copyStep(id: id, attempt: attempt, pieces: pieces, from: done, atMost: Self.stepLength)
            try progress(done)
        } while done < total
    }

    /// Copies at most `atMost` bytes of the joined pieces, from byte `from` on; gives the new number of bytes done.
    ///
    /// `from` 0 starts a new part file, also for no pieces at all (an empty blob). Else the part must be there and have
    /// `from` bytes: ask `resumePoint` after a crash or a failure. With `fsync` the step's bytes are on disk when it
    /// returns, so that a persisted number is true after power loss too. If that sync fails, nothing in the part may
    /// be trusted (see `ChunkWriter`), so it is removed, and `resumePoint` is 0. `.missing` and `.tooShort` name the
    /// file; for a chunk they are permanent.
    package func copyStep(
        id: String, attempt: Int64, pieces: [ChunkPiece], from: Int64, atMost: Int64
    ) throws -> Int64 {
        let end = from + min(try checkedTotal(pieces, from: from) - from, max(atMost, 0))
        let part = try from == 0 ? newPart(id, attempt) : oldPart(id, attempt, length: from)
        var start: Int64 = 0
        for piece in pieces where piece.length > 0 {
            let range = max(start, from)..<max(start, from, min(start + piece.length, end))
            if !range.isEmpty {
                let source = try openPiece(piece, of: id, flags: O_RDONLY)
                try RangeCopy(source: source, target: part, operations: operations)
                    .copy(from: range.lowerBound - start, to: range.lowerBound, count: Int64(range.count))
            }
            start += piece.length
        }
        try syncOrDiscard(part)
        if from == 0 { try syncFolder(layout.folder(.blobs, of: id)) }
        return end
    }

    /// Where copying may go on after a crash: `bytesDone`, if the part is there and that long, else 0.
    package func resumePoint(id: String, attempt: Int64, bytesDone: Int64) throws -> Int64 {
        let path = try layout.part(id, attempt: attempt)
        guard let file = try openExisting(path, O_RDONLY, in: layout.folder(.blobs, of: id)) else { return 0 }
        return try file.size() >= bytesDone ? bytesDone : 0
    }

    /// Takes over a predecessor's part by a rename, so that its copy goes on; false if there is none.
    ///
    /// The predecessor may still be in a step: it writes the bytes that belong there, so it does no harm. True also if
    /// only the new attempt's part is there, because then the rename was done before.
    package func adoptPart(id: String, from oldAttempt: Int64, to newAttempt: Int64) throws -> Bool {
        let (old, new) = try (layout.part(id, attempt: oldAttempt), layout.part(id, attempt: newAttempt))
        let folder = try layout.folder(.blobs, of: id)
        guard old != new, try openExisting(old, O_RDONLY, in: folder) != nil else {
            return try openExisting(new, O_RDONLY, in: folder) != nil
        }
        do {
            try rename(old, to: new)
        } catch {
            guard error.code == .missing else { throw error }
            return try openExisting(new, O_RDONLY, in: folder) != nil
        }
        try syncFolder(folder)
        return true
    }

    /// All of the part is on disk after this; with `page-cache` nothing is done. On failure the part is removed.
    package func syncPart(id: String, attempt: Int64) throws {
        try syncOrDiscard(oldPart(id, attempt, length: 0))
    }

    /// Removes the parts of these attempts; absence is fine. All are tried, then the first error is thrown.
    package func removeParts(id: String, attempts: [Int64]) throws {
        let folder = try layout.folder(.blobs, of: id)
        try tryAll(attempts) { try removeFile(layout.part(id, attempt: $0), in: folder) }
    }
}

extension ChunkVolume {
    private func checkedTotal(_ pieces: [ChunkPiece], from: Int64) throws(ChunkError) -> Int64 {
        let total = pieces.totalLength
        guard pieces.allSatisfy({ $0.length >= 0 }), (0...total).contains(from) else {
            throw .invalid("byte \(from) of pieces of \(pieces.map(\.length)) bytes cannot be copied from")
        }
        return total
    }

    /// Always a file of its own, never an old one cut to nothing: a predecessor may hold that one open.
    private func newPart(_ id: String, _ attempt: Int64) throws(ChunkError) -> OpenFile {
        let path = try layout.part(id, attempt: attempt)
        try removeFile(path)
        return try open(path, O_WRONLY | O_CREAT | O_EXCL)
    }

    private func oldPart(_ id: String, _ attempt: Int64, length: Int64) throws(ChunkError) -> OpenFile {
        let path = try layout.part(id, attempt: attempt)
        return try openCommitted(path, committed: length, flags: O_WRONLY, in: layout.folder(.blobs, of: id))
    }

    private func syncOrDiscard(_ part: OpenFile) throws(ChunkError) {
        guard durability == .fsync else { return }
        do {
            try part.syncData()
        } catch {
            do {
                try removeFile(part.path)
            } catch let second {
                throw ChunkError(
                    code: error.code,
                    message: "\(error.message); and the part, which must not be used: \(second.message)",
                    errno: error.errno)
            }
            throw error
        }
    }
}
