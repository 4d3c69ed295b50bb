import Digests
import Postgres
import UploadProtocol

/// The last byte of a partial upload: commits it and releases the claim. It makes no item and queues no job; the finals
/// that wait for it are looked for afterwards, in the same transaction. No row: the claim is lost.
struct CompletePart: Statement {
    var id: UploadID
    var fence: Int64
    var offset: Int64
    /// What the part must hash to, if it was not said before; a final that is made of it is held against that.
    var expected = ContentDigests()
    /// What it hashes to, if that is known.
    var known = ContentDigests()

    static let sql = """
        UPDATE upload SET
            "offset" = $3::bigint, length = $3::bigint, state = 'complete', clean = true, lease_node = NULL,
            lease_until = NULL, completed_at = now(), expires_at = now() + make_interval(secs => expire_seconds),
            expected_sha256 = coalesce(expected_sha256, $4::bytea),
            expected_sha512 = coalesce(expected_sha512, $5::bytea),
            known_sha256 = $6::bytea, known_sha512 = $7::bytea
        WHERE id = $1::uuid AND fence = $2::bigint AND state = 'open' AND lease_node IS NOT NULL
            AND (length IS NULL OR length = $3::bigint) AND "offset" <= $3::bigint
            AND concat = 'partial'
        RETURNING \(Upload.columns)
        """

    var parameters: [any SQLEncodable] {
        [
            id, fence, offset, expected.sha256?.bytes, expected.sha512?.bytes, known.sha256?.bytes, known.sha512?.bytes,
        ]
    }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
