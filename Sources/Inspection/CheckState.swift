import Foundation
package import UploadProtocol

/// How far a check has come and what it has seen: all that is needed to go on later.
package struct CheckState: Sendable, Equatable, Codable {
    /// In their order.
    package enum Phase: String, Sendable, Codable, CaseIterable {
        /// Rows of unfinished uploads, each held against its chunk files.
        case uploads
        /// Rows of finished files, each held against its file.
        case blobs
        /// Files, each held against the rows.
        case files
        case done
    }

    package struct Counts: Sendable, Equatable, Codable {
        package var uploads = 0
        package var blobs = 0
        package var files = 0
        /// Bytes that were read.
        package var bytes: Int64 = 0
        /// Bytes behind the acknowledged ones, which are fine.
        package var tails = 0
        /// Files whose row has no checksum: they are read, and held against nothing.
        package var withoutChecksum = 0
        /// By kind.
        package var findings: [String: Int] = [:]
        package var repaired = 0

        /// What is still wrong.
        package var wrong: Int { findings.values.reduce(0, +) - repaired }
    }

    /// Of the volume.
    package var identity: String
    package var readsBytes: Bool
    package var phase = Phase.uploads
    /// The last id that is done in the first two phases.
    package var after: UploadID?
    /// The folder to be looked through next, in the third.
    package var folder = 0
    package var counts = Counts()
    /// Seconds that all runs of this check took so far.
    package var seconds = 0.0

    package init(identity: String, readsBytes: Bool) {
        (self.identity, self.readsBytes) = (identity, readsBytes)
    }

    /// How much of its phase is done, from 0 to 1: ids are random, so the last one tells.
    package var share: Double {
        switch phase {
        case .uploads, .blobs:
            after.flatMap { UInt64($0.description.prefix(8), radix: 16) }.map { Double($0) / 4_294_967_296 } ?? 0
        case .files: Double(folder) / 512
        case .done: 1
        }
    }

    mutating func begin(_ phase: Phase) {
        (self.phase, after, folder) = (phase, nil, 0)
    }
}
