import Uploads

/// The volume as a pure value: chunk files, and the finished file.
///
/// A file goes on existing for those who have it open when its name is gone (rename, unlink), and whoever has it open
/// may write anywhere in it at any time, as a writer that lost its claim can.
struct ModelVolume: Hashable, Sendable {
    /// One byte: where in the upload it belongs, the claim that wrote it, and whether it would outlast a power loss.
    /// Below 8, 16 and 2, so that it fits into eight bits; 0 is a hole.
    typealias Byte = UInt8

    static func byte(at position: Int, from fence: Int) -> Byte {
        UInt8(truncatingIfNeeded: position | fence << 3)
    }
    static let durable: Byte = 0x80

    /// The contents of all files that were ever made.
    var files: [[Byte]] = []
    /// The file under the name of a chunk, by its fence.
    var names: [Int: Int] = [:]
    /// The file that the upload became.
    var blob: Int?

    /// `ChunkVolume.openChunk`; nil when it throws.
    mutating func open(_ fence: Int, committed: Int) -> Int? {
        guard let file = names[fence] else {
            guard committed == 0 else { return nil }
            files.append([])
            names[fence] = files.count - 1
            return files.count - 1
        }
        guard files[file].count >= committed else { return nil }
        files[file].removeLast(files[file].count - committed)
        return file
    }

    /// `pwrite`: past the end it leaves a hole.
    mutating func write(_ byte: Byte, to file: Int, at index: Int) {
        while files[file].count <= index { files[file].append(0) }
        files[file][index] = byte
    }

    /// `fdatasync`, and `fsync` of the folder.
    mutating func sync(_ file: Int) {
        for index in files[file].indices { files[file][index] |= Self.durable }
    }

    /// What the finalizer does: `whole` becomes the blob by a rename, or the committed prefixes are copied; the chunks
    /// are removed. False when a file is missing or too short.
    mutating func assemble(_ chunks: ChunkList, whole: Int64?) -> Bool {
        var copy: [Byte] = []
        for piece in chunks.pieces {
            guard let file = names[Int(piece.fence)], files[file].count >= piece.length else { return false }
            copy += files[file].prefix(Int(piece.length)).map { $0 | Self.durable }
        }
        if let whole {
            blob = open(Int(whole), committed: Int(chunks.end))
        } else {
            files.append(copy)
            blob = files.count - 1
        }
        names = [:]
        return true
    }
}
