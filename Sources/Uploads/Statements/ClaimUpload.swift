import Foundation
import Postgres
import UploadProtocol

/// Takes the claim if the upload is open, of this dialect, at this offset, in this folder, this owner's, nobody holds
/// it, and no newer request waits for it.
///
/// No row: something of that does not hold; `FindUpload` tells what.
struct ClaimUpload: Statement {
    var id: UploadID
    var folder: UUID
    /// nil: any owner's.
    var owner: String?
    var offset: Int64
    var node: NodeID
    var leaseSeconds: Int
    /// The turn that this request took when it had to wait; nil for one that comes just now, and so is the newest.
    var turn: Int64?
    var dialect = Dialect.tus

    static let sql = """
        UPDATE upload SET
            fence = fence + 1,
            lease_node = $5::text,
            lease_until = now() + make_interval(secs => $6::integer),
            clean = false,
            turn = coalesce($7::bigint, turn + 1),
            claimed_turn = coalesce($7::bigint, turn + 1),
            chunk_fences = CASE WHEN clean AND chunk_fences <> '{}' THEN chunk_fences
                ELSE chunk_fences || (fence + 1) END,
            chunk_starts = CASE WHEN clean AND chunk_fences <> '{}' THEN chunk_starts
                ELSE chunk_starts || "offset" END
        WHERE id = $1::uuid AND folder_id = $2::uuid AND ($3::text IS NULL OR owner = $3) AND "offset" = $4::bigint
            AND state = 'open' AND removed_at IS NULL
            AND lease_node IS NULL AND expires_at > now() AND ($7::bigint IS NULL OR turn = $7)
            AND dialect = $8::text
        RETURNING \(Upload.columns)
        """

    var parameters: [any SQLEncodable] { [id, folder, owner, offset, node, leaseSeconds, turn, dialect] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
