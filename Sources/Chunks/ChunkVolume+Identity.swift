internal import Glibc

/// The volume's identity, so that a node never writes to the wrong disk or to the empty mount point below it.
extension ChunkVolume {
    /// The first line of the identity file: what it is, and the layout's version.
    static let identityFormat = "tussock-volume 1"

    /// Makes the folders and the identity of an empty or incomplete volume; gives the identity that holds.
    ///
    /// An identity that is there is kept, so the result may differ from `identity` (32 lower-case hex digits). `root`
    /// itself must exist: making it would hide an unmounted volume. Any number of processes may do this at once, and
    /// any of them may die at any point: all that finish give the same identity. Synced to disk whatever `durability`.
    package func initialize(identity: String) throws -> String {
        guard VolumeLayout.isID(identity) else {
            throw ChunkError.invalid("\"\(identity.prefix(64))\" is not an identity of 32 lower-case hex digits")
        }
        try makeFolders()
        if let present = try readIdentity(layout.identity) { return present }
        let decided = try decideIdentity(identity)
        try writeIdentityFile(decided)
        return decided
    }

    /// The volume's identity. Throws `.missing` if there is none (nothing is mounted, or it was never initialised) and
    /// `.notThisVolume` if it is not `expected`, or of a format that this version does not know.
    @discardableResult
    package func checkIdentity(expected: String?) throws -> String {
        guard let identity = try readIdentity(layout.identity) else {
            throw ChunkError(
                code: .missing,
                message: "\(root) has no .tussock-volume: is the volume mounted, and was it initialised?",
                errno: ENOENT)
        }
        guard expected == nil || identity == expected else {
            throw ChunkError(
                code: .notThisVolume,
                message: "\(root) is volume \(identity), but the database belongs to volume \(expected ?? ""); "
                    + "mount the right one, or point TUSSOCK_DATABASE_URL to the right database")
        }
        return identity
    }

    private func makeFolders() throws(ChunkError) {
        for area in VolumeLayout.Area.allCases { try makeFolder(layout.area(area)) }
        for index in 0..<VolumeLayout.folderCount { try makeFolder(layout.folder(index: index)) }
        for area in VolumeLayout.Area.allCases { try syncFolderAlways(layout.area(area)) }
        try syncFolderAlways(root)
    }

    private func makeFolder(_ path: String) throws(ChunkError) {
        do {
            try uninterrupted { () throws(SystemFailure) in try operations.makeFolder(path, Self.folderMode) }
        } catch {
            guard error.errno == EEXIST else { throw ChunkError(error, action: "make the folder", path: path) }
        }
    }

    /// One of several processes decides, for all of them.
    ///
    /// A file that is created exclusively and written afterwards is empty for a moment, and for ever if its writer dies
    /// then; a rename over a file has no loser. But a folder cannot be renamed onto one that is not empty: so the first
    /// to rename its complete, synced folder here has decided, and it stays for ever for late-comers to read.
    private func decideIdentity(_ identity: String) throws(ChunkError) -> String {
        let file = layout.decision + "/id"
        let mine = "\(layout.decision).\(Self.randomDigits())"
        try makeFolder(mine)
        try writeSmallFile(mine + "/id", text: Self.identityText(identity), sync: true)
        try syncFolderAlways(mine)
        let outcome = Result { () throws(ChunkError) in try rename(mine, to: layout.decision) }
        // Also after an error: a server may have done what it could not report, or another process may have won.
        guard let decided = try readIdentity(file) else {
            try outcome.get()
            throw .invalid("\(file) went away while it was read; nobody but tussock may change the volume")
        }
        try removeLosingFolder(mine)
        try syncFolderAlways(root)
        return decided
    }

    /// The winner's is gone by its rename.
    private func removeLosingFolder(_ path: String) throws(ChunkError) {
        try removeFile(path + "/id")
        do {
            try uninterrupted { () throws(SystemFailure) in try operations.removeFolder(path) }
        } catch {
            guard error.errno == ENOENT else { throw ChunkError(error, action: "remove the folder", path: path) }
        }
    }

    /// All write the same, so it does not matter whose rename is the last.
    private func writeIdentityFile(_ identity: String) throws(ChunkError) {
        let temporary = "\(layout.identity).\(Self.randomDigits())"
        try writeSmallFile(temporary, text: Self.identityText(identity), sync: true)
        try rename(temporary, to: layout.identity)
        try syncFolderAlways(root)
    }

    private static func identityText(_ identity: String) -> String {
        "\(identityFormat)\n\(identity)\n"
    }

    /// nil if there is no such file.
    private func readIdentity(_ path: String) throws(ChunkError) -> String? {
        guard let file = try openExisting(path, O_RDONLY, in: root) else { return nil }
        let lines = try readText(file).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, lines[0] == Self.identityFormat, VolumeLayout.isID(lines[1]), lines[2].isEmpty else {
            throw ChunkError(
                code: .notThisVolume,
                message: "\(path) is not an identity of the format \"\(Self.identityFormat)\"; "
                    + "use the version of tussock that wrote it, or restore the file")
        }
        return String(lines[1])
    }

    private func readText(_ file: OpenFile) throws(ChunkError) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = try buffer.withUnsafeMutableBufferPointer { bytes throws(ChunkError) in
            try file.read(into: UnsafeMutableRawBufferPointer(bytes), at: 0)
        }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
