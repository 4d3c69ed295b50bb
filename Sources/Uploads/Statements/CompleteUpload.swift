import Digests
import Foundation
import Postgres
import UploadProtocol

/// The last byte: commits it, releases the claim, reserves the item's name in the folder and queues the job, in one
/// statement; see `ReserveItem`. A length that was deferred until now is kept with it.
///
/// No row: the claim is lost.
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
        ), \(ReserveItem.sql(stem: "$5", suffix: "$6")), \(ReserveItem.queue)
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
