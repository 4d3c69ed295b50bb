import Chunks
import Finalizer
import Foundation
import Postgres
import Synchronization

extension VolumeCheck {
    /// One of the 512 folders.
    func checkFolder(_ state: inout CheckState) async throws {
        guard state.folder < 512 else { return state.begin(.done) }
        let index = state.folder
        do {
            let listing = try await files.run { [volume] in try FolderListing(volume, folder: index) }
            var entries: [VolumeEntry]
            repeat {
                try Task.checkCancellation()
                entries = try await files.run { try listing.next(Self.batch) }
                try await judge(entries, index, state.identity)
                let seen = entries.count
                counts.withLock { $0.files += seen }
            } while entries.count == Self.batch
        } catch let error as ChunkError where error.code == .missing {
            let path = try volume.path(ofFolder: index)
            try await report(
                Finding(
                    kind: .folderMissing, path: path, message: "the folder is not there",
                    remedy: Finding.remedy(.folderMissing)), identity: state.identity)
        } catch let error as ChunkError {
            let path = try volume.path(ofFolder: index)
            try await report(
                Finding(
                    kind: .unreadable, path: path, message: "\(error)", remedy: Finding.remedy(.unreadable)),
                identity: state.identity)
        }
        state.folder += 1
    }

    private func judge(_ entries: [VolumeEntry], _ index: Int, _ identity: String) async throws {
        let oldest = Int64(Date().timeIntervalSince1970) - settings.orphanSeconds
        let old = entries.filter { $0.modified <= oldest }
        for orphan in try await KnownFiles.orphans(among: old, pool) {
            try await handle(orphan, index, oldest, identity)
        }
        for stray in old {
            // `.nfs…` stands for a removed file that a node still has open; it goes by itself.
            guard case .unknown(let name) = stray.kind, !name.hasPrefix(".nfs") else { continue }
            try await report(
                Finding(
                    kind: .stray, path: try volume.path(of: stray.kind, inFolder: index),
                    message: "tussock did not make this; it \(Self.facts(of: stray))", remedy: Finding.remedy(.stray)),
                identity: identity)
        }
    }

    private func handle(_ orphan: VolumeEntry, _ index: Int, _ oldest: Int64, _ identity: String) async throws {
        var finding = Finding(
            kind: .orphan, path: try volume.path(of: orphan.kind),
            message: "no row needs this file; it \(Self.facts(of: orphan))", remedy: Finding.remedy(.orphan))
        if settings.repairs {
            // A moment ago it was an orphan. It is asked once more, since nothing brings it back.
            try await files.run { [volume] in _ = try volume.checkIdentity(expected: identity) }
            guard try await !KnownFiles.orphans(among: [orphan], pool).isEmpty else { return }
            do {
                finding.isRepaired = try await files.run { [volume] in
                    try volume.remove(orphan, untouchedSince: oldest)
                }
                // Gone by itself, or in use after all.
                if !finding.isRepaired { return }
                finding.remedy = "removed"
            } catch let error as ChunkError {
                finding.message += "; \(error)"
            }
        } else if try await !isStillThere(orphan, since: oldest) {
            return
        }
        try await report(finding, identity: identity)
    }

    /// A file may go right after it was listed, and its row's need of it with it.
    private func isStillThere(_ orphan: VolumeEntry, since oldest: Int64) async throws -> Bool {
        try await files.run { [volume] in try volume.look(at: orphan.kind).map { $0.modified <= oldest } ?? false }
    }

    private static func facts(of entry: VolumeEntry) -> String {
        let time = Date(timeIntervalSince1970: TimeInterval(entry.modified)).ISO8601Format()
        return "has \(entry.size) bytes and was last written \(time)"
    }
}
