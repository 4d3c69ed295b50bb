import Digests
import Foundation
import Postgres
import UploadProtocol

/// The last byte: commits it, releases the claim, reserves the item's name in the folder and queues the job, in one
/// statement; see `ReserveItem`. A length that was deferred until now is kept with it.
///
/// No row: the claim is lost.
struct CompleteUpload: SharableStatement {
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

    static let given: KeyValuePairs = [
        "given_id": "uuid", "given_fence": "bigint", "given_offset": "bigint", "given_item": "uuid",
        "given_stem": "text", "given_suffix": "text", "given_sha256": "bytea", "given_sha512": "bytea",
        "known_to_be_sha256": "bytea", "known_to_be_sha512": "bytea",
    ]

    static func sql(given: String) -> String {
        """
        WITH given AS (
            SELECT * FROM \(given)
        ), mine AS (
            UPDATE upload SET
                "offset" = given_offset, length = given_offset, state = 'complete', clean = true,
                lease_node = NULL, lease_until = NULL,
                completed_at = now(), expires_at = now() + make_interval(secs => expire_seconds),
                item_id = CASE WHEN replaces THEN folder_id ELSE given_item END,
                expected_sha256 = coalesce(expected_sha256, given_sha256),
                expected_sha512 = coalesce(expected_sha512, given_sha512),
                known_sha256 = known_to_be_sha256, known_sha512 = known_to_be_sha512
            FROM given
            WHERE id = given_id AND fence = given_fence AND state = 'open' AND lease_node IS NOT NULL
                AND (length IS NULL OR length = given_offset) AND "offset" <= given_offset
            RETURNING upload.*
        ), \(ReserveItem.ofGiven), \(ReserveItem.queue)
        \(ReserveItem.result)
        """
    }

    var sharingKey: String { id.description }

    var parameters: [any SQLEncodable] {
        [
            id, fence, offset, item, stem, suffix, expected.sha256?.bytes, expected.sha512?.bytes,
            known.sha256?.bytes, known.sha512?.bytes,
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
