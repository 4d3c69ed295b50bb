import Foundation
import Logging
import Postgres
package import UploadProtocol

/// Concatenation: partial uploads, and finals that are made of them (`schema/002_uploads.sql` tells who locks what).
extension UploadStore {
    /// A final upload of these parts, whose item is reserved and whose job begins when the last part is complete; that
    /// may be at once. Nothing is copied here.
    ///
    /// - Parameter check: throws what is wrong with the parts, each of which it finds under its id, if there is one;
    ///   they do not change any more before the final is made.
    package func createFinal(
        _ new: NewUpload, of parts: [UploadID], as name: ItemReservation, check: ([UploadID: Upload]) throws -> Void
    ) async throws -> Upload {
        let insert = InsertFinal(new: new, parts: parts, item: UUID(), name: name)
        do {
            try await repeatingConflicts(new.id) {
                try await pool.withTransaction { connection in
                    let found = try await connection.query(LockParts(ids: Set(parts).map(\.self)))
                    try check(Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) }))
                    _ = try await connection.first(insert)
                    try await settle([new.id], on: connection)
                }
            }
        } catch let error as PostgresError where error.mayHaveTakenEffect {
            // The id is ours alone: if the row is there, the transaction took effect.
            guard let upload = try await find(new.id) else { throw error }
            return upload
        }
        guard let upload = try await find(new.id) else { throw UploadError.notFound }
        return upload
    }

    /// The parts of a final upload in order; fewer than it was made of once their rows are forgotten.
    package func parts(of final: UploadID) async throws -> [Upload] {
        try await pool.query(PartsOfFinal(final: final))
    }

    /// Looks after finals that wait for nothing, since a part expired, say; gives how many there were.
    package func settleFinals(limit: Int) async throws -> Int {
        try await pool.withTransaction { connection in
            let ids = try await connection.query(LockUnsettledFinals(limit: limit))
            if !ids.isEmpty { try await settle(ids, on: connection) }
            return ids.count
        }
    }

    /// Looks after one final that was woken although it waits: by hand, say.
    package func settleFinal(_ id: UploadID) async throws {
        try await pool.withTransaction { connection in
            guard try await connection.first(LockFinal(id: id)) != nil else { return }
            try await settle([id], on: connection)
        }
    }

    /// Ends a part's being open, by `statement`, and tells the finals that wait for it; nil if no row changed.
    func endPart<Ended: Sendable>(
        _ id: UploadID, _ statement: (PostgresConnection) async throws -> Ended?
    ) async throws -> Ended? {
        try await repeatingConflicts(id) {
            try await pool.withTransaction { connection in
                guard let ended = try await statement(connection) else { return nil }
                // Not before the part's own row is changed: a final that is made meanwhile waits for that row.
                let finals = try await connection.query(LockFinalsOfPart(part: id))
                if !finals.isEmpty { try await settle(finals, on: connection) }
                return ended
            }
        }
    }

    private func settle(_ finals: [UploadID], on connection: PostgresConnection) async throws {
        _ = try await connection.first(SettleFinals(ids: finals, maximumSize: maximumSize ?? .max))
    }
}
