internal import Synchronization

/// The entries of one folder, some at a time, in memory that does not grow with the folder; for one reader.
///
/// What is removed or added meanwhile may or may not show, as with readdir(3).
package final class FolderListing: Sendable {
    private let volume: ChunkVolume
    private let index: Int
    private let path: String
    private let folder: Mutex<OpenFolder>

    /// The C library's stream. Unchecked, because it is touched under the lock of `folder` only.
    private struct OpenFolder: @unchecked Sendable {
        let stream: OpaquePointer
    }

    /// `.missing` if there is no such folder.
    package init(_ volume: ChunkVolume, folder index: Int) throws {
        let path = try volume.layout.folder(index: index)
        let stream = try volume.attempt("list", path) { () throws(SystemFailure) in
            try volume.operations.openFolder(path)
        }
        folder = Mutex(OpenFolder(stream: stream))
        (self.volume, self.index, self.path) = (volume, index, path)
    }

    deinit {
        folder.withLock { volume.operations.closeFolder($0.stream) }
    }

    /// The next `limit` entries; fewer at the end only. A file that vanishes meanwhile is left out.
    package func next(_ limit: Int) throws -> [VolumeEntry] {
        var entries: [VolumeEntry] = []
        while entries.count < limit, let name = try nextName() {
            guard name != ".", name != "..", let status = try volume.status("\(path)/\(name)") else { continue }
            let kind = status.isFile ? VolumeEntry.Kind(name, inFolder: index) : .unknown(name: name)
            entries.append(VolumeEntry(kind: kind, size: status.size, modified: status.modified))
        }
        return entries
    }

    private func nextName() throws -> String? {
        try folder.withLock { folder in
            let stream = folder.stream
            return try volume.attempt("list", path) { () throws(SystemFailure) in
                try volume.operations.nextName(stream)
            }
        }
    }
}
