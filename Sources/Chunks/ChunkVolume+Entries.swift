internal import Glibc

/// One name in one of the 512 folders.
package struct VolumeEntry: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case chunk(id: String, fence: Int64)
        case blob(id: String)
        case part(id: String, attempt: Int64)
        /// Not made by us: a stray copy, or an NFS client's `.nfs…` file, which stands for one that is still open.
        case unknown(name: String)
    }

    package let kind: Kind
    /// Bytes; on NFS, like `modified`, up to a minute old.
    package let size: Int64
    /// Seconds since 1970, by the file server's clock.
    package let modified: Int64

    package init(kind: Kind, size: Int64, modified: Int64) {
        self.kind = kind
        self.size = size
        self.modified = modified
    }
}

/// For the sweeper and `fsck`, never on the way of a request.
extension ChunkVolume {
    /// All entries of folder `index`: 0 to 255 are those of uploads, 256 to 511 those of blobs.
    package func entries(inFolder index: Int) throws -> [VolumeEntry] {
        var entries: [VolumeEntry] = []
        try visitEntries(inFolder: index) { entries.append($0) }
        return entries
    }

    /// The same one by one, in memory that does not grow with the folder. `body` may remove the entry; its error
    /// ends the visit. A file that vanishes meanwhile is left out.
    package func visitEntries(inFolder index: Int, _ body: (VolumeEntry) throws -> Void) throws {
        let listing = try FolderListing(self, folder: index)
        while let entry = try listing.next(1).first { try body(entry) }
    }

    /// Removes the entry's file; absence is fine. An unknown name is refused: it is not ours to remove.
    package func remove(_ entry: VolumeEntry) throws {
        switch entry.kind {
        case .chunk(let id, let fence): try removeChunk(id: id, fence: fence)
        case .blob(let id): try removeBlob(id: id)
        case .part(let id, let attempt): try removeParts(id: id, attempts: [attempt])
        case .unknown(let name): throw ChunkError.invalid("\"\(name)\" was not made by tussock, so it is left alone")
        }
    }

    func status(_ path: String) throws(ChunkError) -> FileStatus? {
        do {
            return try attempt("look at", path) { () throws(SystemFailure) in try operations.statusOfPath(path) }
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
    }
}

extension VolumeEntry.Kind {
    /// A name counts only if it is exactly what `VolumeLayout` makes, in the folder where it puts it.
    init(_ name: String, inFolder index: Int) {
        let words = name.split(separator: ".", omittingEmptySubsequences: false)
        let number = words.count > 1 ? Int64(words[1]) : nil
        let isCanonical = words.count == 1 || number.map { $0 >= 0 && String($0) == words[1] } == true
        let id = String(words[0])
        let isHome = VolumeLayout.isID(id) && id.hasPrefix(VolumeLayout.prefix(ofFolder: index)) && isCanonical
        switch (VolumeLayout.area(ofFolder: index), words.count, number) {
        case (.uploads, 2, let fence?) where isHome: self = .chunk(id: id, fence: fence)
        case (.blobs, 1, _) where isHome: self = .blob(id: id)
        case (.blobs, 3, let attempt?) where isHome && words[2] == "part": self = .part(id: id, attempt: attempt)
        default: self = .unknown(name: name)
        }
    }
}
