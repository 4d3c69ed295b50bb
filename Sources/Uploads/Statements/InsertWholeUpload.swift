import Foundation
import Postgres
import UploadProtocol

/// A new upload all of whose bytes are in its first chunk file already: it is complete from the start, its item's name
/// reserved and its job queued, in one statement; see `ReserveItem`.
struct InsertWholeUpload: Statement {
    var new: NewUpload
    /// Bytes in all.
    var length: Int64
    /// The id for the item, unless an item's file is replaced.
    var item: UUID
    var name: ItemReservation

    static let sql = """
        WITH mine AS (
            INSERT INTO upload (id, folder_id, replaces, owner, state, length, "offset", metadata, filename,
                content_type, kind, expire_seconds, expires_at, completed_at, fence, chunk_fences, chunk_starts,
                item_id, dialect)
            SELECT $1::uuid, $2::uuid, $3::boolean, $4::text, 'complete', $7::bigint, $7::bigint, $8::text, $9::text,
                $10::text, $11::text, $12::integer, now() + make_interval(secs => $12::integer), now(), 1, '{1}', '{0}',
                CASE WHEN $3::boolean THEN $2::uuid ELSE $13::uuid END, $14::text
            RETURNING *
        ), \(ReserveItem.sql(stem: "$5", suffix: "$6")), \(ReserveItem.queue)
        SELECT \(Upload.columns) FROM mine, told
        """

    var parameters: [any SQLEncodable] {
        [
            new.id, new.folder, new.replaces, new.owner, name.stem, name.suffix, length, new.metadata, new.filename,
            new.contentType, new.kind, new.expireSeconds, item, new.dialect,
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
