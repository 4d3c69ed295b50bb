import Postgres
import UploadProtocol

/// Moves the offset to what is safe on the volume, and prolongs the lease and the upload's life; with `release` it
/// hands the claim over cleanly as well. No row changed: the claim is lost.
struct CheckpointUpload: Statement {
    var id: UploadID
    var fence: Int64
    var offset: Int64
    var leaseSeconds: Int
    var release: Bool

    static let sql = """
        UPDATE upload SET
            "offset" = $3::bigint,
            lease_node = CASE WHEN $5::boolean THEN NULL ELSE lease_node END,
            lease_until = CASE WHEN $5::boolean THEN NULL ELSE now() + make_interval(secs => $4::integer) END,
            clean = $5::boolean,
            expires_at = CASE WHEN "offset" < $3::bigint
                THEN now() + make_interval(secs => expire_seconds) ELSE expires_at END
        WHERE id = $1::uuid AND fence = $2::bigint AND state = 'open' AND lease_node IS NOT NULL
            AND "offset" <= $3::bigint
        RETURNING \(Upload.columns)
        """

    var parameters: [any SQLEncodable] { [id, fence, offset, leaseSeconds, release] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
