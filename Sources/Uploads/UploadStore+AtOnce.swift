package import Foundation
import Postgres
package import UploadProtocol

/// Uploads all of whose bytes come in one request, and are safe on the volume before the row knows of them.
extension UploadStore {
    /// A new upload that is complete with its creation: all its bytes are safe in the file of fence 1.
    ///
    /// Throws a `PostgresError` that `mayHaveTakenEffect` when nobody can tell whether it was made.
    package func createWhole(_ new: NewUpload, length: Int64, as name: ItemReservation) async throws -> Upload {
        let statement = InsertWholeUpload(new: new, length: length, item: UUID(), name: name)
        do {
            let made = try await repeatingConflicts(new.id) { try await insertingWhole(statement) }
            guard let made else { throw UploadError.notFound }
            return made
        } catch let error as PostgresError where error.mayHaveTakenEffect {
            // The id is ours alone: if the row is there, the statement took effect.
            guard let upload = try? await find(new.id) else { throw error }
            return upload
        }
    }

    /// A number for a chunk file that no claim will ever have: fences count up from 1.
    package static func fileOfItsOwn() -> Int64 { .random(in: 1 << 62 ... .max) }

    /// Completes an upload that has no bytes yet and that nobody holds; all of them are safe in the chunk file `file`.
    ///
    /// nil if that does not hold: nothing has changed, and the claim is the way. Throws `.claimLost` when a newer
    /// request came, and a `PostgresError` that `mayHaveTakenEffect` when nobody can tell what became of it.
    /// - Parameter owner: nil when the principal may write anybody's upload.
    package func completeAtOnce(
        _ id: UploadID, in folder: UUID, owner: String?, length: Int64, file: Int64, as name: ItemReservation,
        for arrival: Arrivals.Arrival
    ) async throws -> Upload? {
        let statement = CompleteAtOnce(
            id: id, folder: folder, owner: owner, length: length, file: file, item: UUID(), name: name)
        guard !handover.arrivals.hasOlder(than: arrival) else { return nil }
        let upload = try await handover.arrivals.trying(arrival, hasTurn: false) { () -> Upload? in
            do {
                return try await repeatingConflicts(id) { try await completingAtOnce(statement) }
            } catch let error as PostgresError where error.mayHaveTakenEffect {
                // A row that does not name the file yet may do so in a moment: the server may still be at it.
                guard let upload = try? await find(id), upload.chunks.fences == [file] else { throw error }
                return upload
            }
        }
        if upload != nil { handover.arrivals.supersede(before: arrival) }
        return upload
    }
}
