import Foundation
import Postgres
import UploadProtocol

/// A new upload all of whose bytes are in its first chunk file already: it is complete from the start, its item's name
/// reserved and its job queued, in one statement; see `ReserveItem`.
struct InsertWholeUpload: SharableStatement {
    var new: NewUpload
    /// Bytes in all.
    var length: Int64
    /// The id for the item, unless an item's file is replaced.
    var item: UUID
    var name: ItemReservation

    static let given: KeyValuePairs = [
        "given_id": "uuid", "given_folder": "uuid", "given_replaces": "boolean", "given_owner": "text",
        "given_stem": "text", "given_suffix": "text", "given_length": "bigint", "given_metadata": "text",
        "given_filename": "text", "given_type": "text", "given_kind": "text", "given_expiry": "integer",
        "given_item": "uuid", "given_dialect": "text",
    ]

    static func sql(given: String) -> String {
        """
        WITH given AS (
            SELECT * FROM \(given)
        ), mine AS (
            INSERT INTO upload (id, folder_id, replaces, owner, state, length, "offset", metadata, filename,
                content_type, kind, expire_seconds, expires_at, completed_at, fence, chunk_fences, chunk_starts,
                item_id, dialect)
            SELECT given_id, given_folder, given_replaces, given_owner, 'complete', given_length, given_length,
                given_metadata, given_filename, given_type, given_kind, given_expiry,
                now() + make_interval(secs => given_expiry), now(), 1, '{1}', '{0}',
                CASE WHEN given_replaces THEN given_folder ELSE given_item END, given_dialect
            FROM given
            RETURNING *
        ), \(ReserveItem.ofGiven), \(ReserveItem.queue)
        \(ReserveItem.result)
        """
    }

    var sharingKey: String { new.id.description }

    var parameters: [any SQLEncodable] {
        [
            new.id, new.folder, new.replaces, new.owner, name.stem, name.suffix, length, new.metadata, new.filename,
            new.contentType, new.kind, new.expireSeconds, item, new.dialect,
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
