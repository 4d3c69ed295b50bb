import Chunks
import Foundation
import Logging
import Meters
import Postgres

extension Sweeper {
    /// Removes the files of one folder that are older than `orphanSeconds` and that no row needs: what a writer left
    /// that died between making a file and its first commit, and the like.
    func removeOrphans(inFolder index: Int) async throws {
        let oldest = Int64(Date().timeIntervalSince1970) - parts.settings.orphanSeconds
        let old = try await parts.files.run { [volume = parts.volume] in
            try volume.entries(inFolder: index).filter { $0.modified <= oldest }
        }
        for start in stride(from: 0, to: old.count, by: Self.batch) {
            try await removeUnknown(of: Array(old[start..<min(start + Self.batch, old.count)]))
        }
    }

    private func removeUnknown(of entries: [VolumeEntry]) async throws {
        let orphans = try await KnownFiles.orphans(among: entries, parts.pool)
        guard !orphans.isEmpty else { return }
        let volume = parts.volume
        let removed = await removing(orphans, named: { "\($0.kind)" }) { try volume.remove($0) }
        Measured.swept.add(.orphans, removed.count)
        parts.logger.info("removed files that no row needs", metadata: ["count": "\(removed.count)"])
    }
}
