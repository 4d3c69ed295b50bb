internal import Glibc

/// For `fsck`: what stands on the volume, whatever any row says.
extension ChunkVolume {
    /// The file's size and time as the server says at opening; nil if there is no such file, but its folder is there.
    /// Throws `.missing` if that is not.
    package func look(at file: VolumeEntry.Kind) throws -> FileStatus? {
        let (path, folder) = try place(of: file)
        return try openExisting(path, O_RDONLY, in: folder)?.status()
    }

    /// Removes a file that was not written to since `moment`, seconds since 1970; false if it was, or is gone.
    package func remove(_ entry: VolumeEntry, untouchedSince moment: Int64) throws -> Bool {
        guard let status = try look(at: entry.kind), status.modified <= moment else { return false }
        try remove(entry)
        return true
    }

    /// Where the file stands, for people.
    package func path(of file: VolumeEntry.Kind, inFolder index: Int) throws -> String {
        if case .unknown(let name) = file { return try "\(layout.folder(index: index))/\(name)" }
        return try path(of: file)
    }

    /// The same for a file that tussock made.
    package func path(of file: VolumeEntry.Kind) throws -> String { try place(of: file).path }

    /// One of the 512.
    package func path(ofFolder index: Int) throws -> String { try layout.folder(index: index) }

    private func place(of file: VolumeEntry.Kind) throws(ChunkError) -> (path: String, folder: String) {
        switch file {
        case .chunk(let id, let fence): try (layout.chunk(id, fence: fence), layout.folder(.uploads, of: id))
        case .blob(let id): try (layout.blob(id), layout.folder(.blobs, of: id))
        case .part(let id, let attempt): try (layout.part(id, attempt: attempt), layout.folder(.blobs, of: id))
        case .unknown(let name): throw .invalid("\"\(name)\" was not made by tussock: no path is made from it")
        }
    }
}
