import Foundation
import Postgres
import UploadProtocol

/// Takes the claim if the upload is open, of this dialect, at this offset, in this folder, this owner's, nobody holds
/// it, and no newer request waits for it.
///
/// No row: something of that does not hold; `FindUpload` tells what.
struct ClaimUpload: SharableStatement {
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

    static let given: KeyValuePairs = [
        "given_id": "uuid", "given_folder": "uuid", "given_owner": "text", "given_offset": "bigint",
        "given_node": "text", "given_lease": "integer", "given_turn": "bigint", "given_dialect": "text",
    ]

    /// The upload that is given is there, open, the owner's, and nobody holds it.
    static let isFree = """
        id = given_id AND folder_id = given_folder AND (given_owner IS NULL OR owner = given_owner)
            AND state = 'open' AND removed_at IS NULL AND lease_node IS NULL AND expires_at > now()
        """

    static func sql(given: String) -> String {
        """
        UPDATE upload SET
            fence = fence + 1,
            lease_node = given_node,
            lease_until = now() + make_interval(secs => given_lease),
            clean = false,
            turn = coalesce(given_turn, turn + 1),
            claimed_turn = coalesce(given_turn, turn + 1),
            chunk_fences = CASE WHEN clean AND chunk_fences <> '{}' THEN chunk_fences
                ELSE chunk_fences || (fence + 1) END,
            chunk_starts = CASE WHEN clean AND chunk_fences <> '{}' THEN chunk_starts
                ELSE chunk_starts || "offset" END
        FROM \(given)
        WHERE \(isFree) AND "offset" = given_offset AND dialect = given_dialect
            AND (given_turn IS NULL OR turn = given_turn)
        RETURNING given_number, \(Upload.columns)
        """
    }

    var sharingKey: String { id.description }

    var parameters: [any SQLEncodable] { [id, folder, owner, offset, node, leaseSeconds, turn, dialect] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
