import Digests
import Foundation
import Postgres
import UploadProtocol

/// A final upload of parts that are locked: its row, what it is made of, the item's name and a job that waits; see
/// `ReserveItem`. `SettleFinals` comes next.
struct InsertFinal: Statement {
    var new: NewUpload
    var parts: [UploadID]
    /// The id for the item, unless an item's file is replaced.
    var item: UUID
    var name: ItemReservation

    static let sql = """
        WITH mine AS (
            INSERT INTO upload (id, folder_id, replaces, owner, state, metadata, concat, filename, content_type, kind,
                expire_seconds, expires_at, item_id, expected_sha256, expected_sha512)
            SELECT $1::uuid, $2::uuid, $3::boolean, $4::text, 'complete', $5::text, $6::text, $7::text, $8::text,
                $9::text, $10::integer, now() + make_interval(secs => $10::integer),
                CASE WHEN $3::boolean THEN $2::uuid ELSE $11::uuid END, $15::bytea,
                $16::bytea
            RETURNING *
        ), listed AS (
            INSERT INTO upload_part (upload_id, position, part_id)
            SELECT $1::uuid, place, part FROM unnest($14::uuid[]) WITH ORDINALITY AS given(part, place)
        ), \(ReserveItem.sql(stem: "$12", suffix: "$13"))
        INSERT INTO job (upload_id, bytes_total, waits, waiting_for, owner, folder_id)
        SELECT id, 0, true, 'parts', owner, \(ReserveItem.folder) FROM mine
        RETURNING id
        """

    var parameters: [any SQLEncodable] {
        [
            new.id, new.folder, new.replaces, new.owner, new.metadata, new.concat, new.filename, new.contentType,
            new.kind, new.expireSeconds, item, name.stem, name.suffix, parts.map(\.description),
            new.expected.sha256?.bytes, new.expected.sha512?.bytes,
        ]
    }

    static func decode(_ row: Row) throws {}
}
