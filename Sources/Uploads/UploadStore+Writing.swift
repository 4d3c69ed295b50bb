package import Digests
import Foundation
import Logging
import Postgres
import UploadProtocol

/// The name under which a finished upload's item is to stand in its folder: `stem` + `suffix`, or with a number
/// between them.
package struct ItemReservation: Sendable {
    package var stem: String
    package var suffix: String

    package init(stem: String, suffix: String) {
        self.stem = stem
        self.suffix = suffix
    }
}

extension UploadStore {
    /// Keeps the length that was deferred until now; from here on it never changes. Throws `.claimLost` when a newer
    /// claim stands.
    ///
    /// In tus a length that the offset has reached already is kept by `complete` instead: an upload at its length is
    /// complete, or a crash in between would leave one that nobody ever finishes.
    package func setLength(_ length: Int64, of claim: Claim) async throws -> Claim {
        var claim = claim
        if length > claim.offset || claim.dialect == .draft {
            let statement = SetLength(id: claim.upload, fence: claim.fence, length: length)
            _ = try await settling(claim) {
                try await pool.first(statement)
            } tookEffect: { row in
                row.length == length && row.lease != nil
            }
        }
        claim.length = length
        return claim
    }

    /// Makes the bytes up to `offset` count and keeps the claim. They must be safe on the volume already.
    ///
    /// Throws `UploadError.claimLost` when a newer claim stands. While the database is away it is tried again until
    /// the lease can no longer be trusted.
    /// - Returns: until when the lease may be trusted now.
    package func checkpoint(_ claim: Claim, offset: Int64) async throws -> ContinuousClock.Instant {
        let moment = ContinuousClock.now
        _ = try await move(claim, to: offset, release: false)
        return trust(from: moment)
    }

    /// Makes the bytes up to `offset` count and hands the claim over, so that any node may go on in the same file.
    package func release(_ claim: Claim, offset: Int64) async throws -> Upload {
        try await move(claim, to: offset, release: true)
    }

    /// The last byte of tus counts only together with the upload's completion: else HEAD would tell the client that
    /// all is done while no job was ever queued. In the draft it is not the last byte that completes an upload.
    private func move(_ claim: Claim, to wanted: Int64, release: Bool) async throws -> Upload {
        let last = claim.dialect == .tus ? claim.length.map { $0 - 1 } : claim.length
        let offset = last.map { max(claim.offset, min(wanted, $0)) } ?? wanted
        let statement = CheckpointUpload(
            id: claim.upload, fence: claim.fence, offset: offset, leaseSeconds: leaseSeconds, release: release)
        return try await settling(claim) {
            try await pool.first(statement)
        } tookEffect: { row in
            row.offset == offset && (row.lease == nil) == release
        }
    }

    /// Lets go of a claim whose writer failed; what it had not committed counts for nothing, and the next writer opens
    /// a new file. For the end of a request that has an error of its own to tell.
    package func abandon(_ claim: Claim) async {
        do {
            _ = try await pool.first(FenceUpload(id: claim.upload, fence: claim.fence))
        } catch {
            logger.warning(
                "a claim could not be given back; it is taken by force",
                metadata: ["upload": "\(claim.upload)", "error": "\(error)"])
        }
    }

    /// Commits the last byte: the item's name is reserved and its job queued in the same statement. Once, whatever
    /// is repeated. That of a partial upload makes no item, but may wake finals.
    /// - Parameters:
    ///   - expected: what the whole must hash to; of what was said at its creation, that counts.
    ///   - known: what the whole hashes to, if it was hashed on its way in.
    package func complete(
        _ claim: Claim, offset: Int64, as name: ItemReservation, expected: ContentDigests = ContentDigests(),
        known: ContentDigests = ContentDigests()
    ) async throws -> Upload {
        if claim.isPartial {
            return try await completePart(
                CompletePart(id: claim.upload, fence: claim.fence, offset: offset, expected: expected, known: known),
                claim)
        }
        let item = UUID()
        let statement = CompleteUpload(
            id: claim.upload, fence: claim.fence, offset: offset, item: item, stem: name.stem, suffix: name.suffix,
            expected: expected, known: known)
        return try await settling(claim) {
            try await repeatingConflicts(claim.upload) { try await completing(statement) }
        } tookEffect: { row in
            row.state != .open && row.item != nil
        }
    }

    /// The last byte of a part: the finals that wait for it are told in the same transaction.
    private func completePart(_ statement: CompletePart, _ claim: Claim) async throws -> Upload {
        try await settling(claim) {
            try await endPart(claim.upload) { try await $0.first(statement) }
        } tookEffect: { row in
            row.state != .open
        }
    }

    /// Two uploads may choose one name at the same moment: the later one chooses again.
    func repeatingConflicts<Success>(_ id: UploadID, _ body: () async throws -> Success) async throws -> Success {
        while true {
            do {
                return try await body()
            } catch let error as PostgresError where error.sqlState == "23505" {
                logger.debug("an item's name was taken meanwhile", metadata: ["upload": "\(id)"])
            } catch let error as PostgresError where error.sqlState == "40P01" {
                logger.debug("a deadlock was resolved", metadata: ["upload": "\(id)"])
            } catch let error as PostgresError where error.sqlState == "23503" {
                throw UploadError.folderGone
            }
        }
    }

    /// Runs a guarded statement to its end. When its outcome is unknown, the row under the same fence tells; when the
    /// database is away, it is tried again while the lease can be trusted.
    private func settling(
        _ claim: Claim, _ statement: () async throws -> Upload?, tookEffect: (Upload) -> Bool
    ) async throws -> Upload {
        var isRepeated = false
        while true {
            do {
                if let upload = try await statement() { return upload }
                // The first sending may have taken effect only after its connection broke.
                if isRepeated, let row = try await find(claim.upload), row.fence == claim.fence, tookEffect(row) {
                    return row
                }
                throw UploadError.claimLost
            } catch let error as PostgresError where error.isUnavailable {
                guard ContinuousClock.now < claim.trustedUntil else { throw error }
                if let done = try await outcome(of: claim, after: error, tookEffect) { return done }
                isRepeated = true
                try await Task.sleep(for: .milliseconds(.random(in: 50...150)))
            }
        }
    }

    /// What became of a statement whose answer was lost: the row if it took effect, nil if it is to be run again.
    private func outcome(
        of claim: Claim, after error: PostgresError, _ tookEffect: (Upload) -> Bool
    ) async throws -> Upload? {
        while ContinuousClock.now < claim.trustedUntil {
            do {
                guard let row = try await find(claim.upload), row.fence == claim.fence else {
                    throw UploadError.claimLost
                }
                return tookEffect(row) ? row : nil
            } catch let again as PostgresError where again.isUnavailable {
                try await Task.sleep(for: .milliseconds(.random(in: 100...300)))
            }
        }
        throw error
    }
}
