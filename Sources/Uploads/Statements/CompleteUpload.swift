import Digests
import Foundation
import Postgres
import UploadProtocol

/// The last byte: commits it, releases the claim, reserves the item's name in the folder and queues the job, in one
/// statement. The name is the first free one of stem.ext, stem-1.ext … stem-100.ext, else stem-<microseconds>.ext,
/// as plone.restapi chooses it.
///
/// A length that was deferred until now is kept with it.
///
/// No row: the claim is lost. SQLSTATE 23505 (two uploads chose one name at once): run it again. 23503: the folder
/// has gone.
struct CompleteUpload: Statement {
    var id: UploadID
    var fence: Int64
    var offset: Int64
    /// The id for the item, unless an item's file is replaced.
    var item: UUID
    var stem: String
    var suffix: String
    /// What the whole must hash to, if it was not said before.
    var expected = ContentDigests()
    /// What the whole hashes to, if that is known.
    var known = ContentDigests()

    static let sql = """
        WITH mine AS (
            UPDATE upload SET
                "offset" = $3::bigint, length = $3::bigint, state = 'complete', clean = true,
                lease_node = NULL, lease_until = NULL,
                completed_at = now(), expires_at = now() + make_interval(secs => expire_seconds),
                item_id = CASE WHEN replaces THEN folder_id ELSE $4::uuid END,
                expected_sha256 = coalesce(expected_sha256, $7::bytea),
                expected_sha512 = coalesce(expected_sha512, $8::bytea),
                known_sha256 = $9::bytea, known_sha512 = $10::bytea
            WHERE id = $1::uuid AND fence = $2::bigint AND state = 'open' AND lease_node IS NOT NULL
                AND (length IS NULL OR length = $3::bigint) AND "offset" <= $3::bigint
            RETURNING *
        ), chosen AS (
            SELECT candidate FROM mine
            CROSS JOIN LATERAL (
                SELECT n, CASE n
                    WHEN 0 THEN $5::text || $6::text
                    WHEN 101 THEN left($5::text, 220) || '-'
                        || (extract(epoch FROM clock_timestamp()) * 1000000)::bigint || $6::text
                    ELSE left($5::text, 235) || '-' || n || $6::text END AS candidate
                FROM generate_series(0, 101) AS n
            ) AS candidates
            -- A scalar sub-select looks at the index once a name; NOT EXISTS may become a scan of all items.
            WHERE NOT mine.replaces AND (
                SELECT item.id FROM item WHERE item.parent_id = mine.folder_id AND item.name = candidate) IS NULL
            ORDER BY n LIMIT 1
        ), reserved AS (
            INSERT INTO item (id, parent_id, name, kind, state, title, owner, filename, content_type, upload_id)
            SELECT item_id, folder_id, candidate, kind, 'reserved', filename, owner, filename, content_type, mine.id
            FROM mine CROSS JOIN chosen
            RETURNING id
        ), queued AS (
            INSERT INTO job (upload_id, bytes_total, priority, owner, folder_id)
            SELECT id, length, CASE WHEN length <= 16777216 THEN 0 WHEN length <= 1073741824 THEN 1 ELSE 2 END, owner,
                CASE WHEN replaces THEN (SELECT parent_id FROM item WHERE item.id = mine.folder_id) ELSE folder_id END
            FROM mine
            RETURNING id
        ), told AS (
            SELECT pg_notify('tussock_jobs', id::text) FROM queued
        )
        SELECT \(Upload.columns) FROM mine, told
        """

    var parameters: [any SQLEncodable] {
        [
            id, fence, offset, item, stem, suffix, expected.sha256?.bytes, expected.sha512?.bytes,
            known.sha256?.bytes, known.sha512?.bytes,
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
