package import Chunks

/// One thing that is wrong between the volume and the database, and what mends it.
package struct Finding: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The volume is not this database's.
        case identity
        /// One of the 512 folders is not there.
        case folderMissing = "folder-missing"
        /// A chunk file of an unfinished upload is not there, although bytes of it are acknowledged.
        case chunkMissing = "chunk-missing"
        /// It has fewer bytes than are acknowledged.
        case chunkShort = "chunk-short"
        /// The file of an item is not there.
        case blobMissing = "blob-missing"
        /// It has another size than its row says.
        case blobSize = "blob-size"
        /// Its bytes do not hash to what its row says.
        case blobChecksum = "blob-checksum"
        /// An item's file counts as deleted: the sweeper removes it, or has done so.
        case blobDoomed = "blob-doomed"
        /// The system refuses to open or to read a file.
        case unreadable
        /// A file that no row needs, older than the limit.
        case orphan
        /// A file that tussock did not make, older than the limit.
        case stray
    }

    package var kind: Kind
    /// The file or folder.
    package var path: String
    /// The item or the upload whose bytes they are, for people.
    package var subject: String?
    /// What is wrong.
    package var message: String
    package var remedy: String
    /// It has been mended by this run.
    package var isRepaired = false
}

extension Finding {
    /// What the command says to do, in an imperative sentence.
    static func remedy(_ kind: Kind, id: String? = nil) -> String {
        switch kind {
        case .identity:
            "mount this database's volume there, or point --volume or --database-url to the right one"
        case .folderMissing:
            "make the folder again (mode 0750, owned by the user of the servers) and restore its files from a backup"
        case .chunkMissing, .chunkShort:
            "restore the file from a backup of the volume; if there is none, give the upload up with "
                + "`tussock uploads expire \(id ?? "ID")`, so that its client begins again"
        case .blobMissing:
            "restore the file from a backup of the volume; if there is none, delete the item and upload it again"
        case .blobSize, .blobChecksum:
            "the bytes were damaged or replaced on the volume: restore the file from a backup made before, check the "
                + "storage, and if there is no backup upload the file again (@upload-replace)"
        case .blobDoomed:
            "stop the finalizers; if the file is still there, keep it with `UPDATE blob SET deleted_at = NULL WHERE "
                + "id = '\(id ?? "ID")'`, else restore it from a backup first; and report this, it must not happen"
        case .unreadable:
            "run this as the user of the servers; if it fails then too, look at the kernel's log and the storage"
        case .orphan:
            "`tussock fsck --repair` removes it; the finalizer's sweeper does so too, within a day"
        case .stray:
            "look at it and remove it by hand if nobody needs it"
        }
    }
}

extension Finding {
    /// The volume at `root` cannot be this database's, for `error`.
    package static func wrongVolume(_ root: String, _ error: ChunkError) -> Finding {
        Finding(kind: .identity, path: root, message: error.message, remedy: remedy(.identity))
    }
}
