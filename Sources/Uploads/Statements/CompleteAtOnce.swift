import Foundation
import Postgres
import UploadProtocol

/// All bytes of an upload that has none yet, in one request: claims it and completes it; see `ClaimUpload` and
/// `CompleteUpload`. The bytes are safe already, in a chunk file that no claim has the number of.
///
/// No row: something of that does not hold; nothing has changed.
struct CompleteAtOnce: SharableStatement {
    var id: UploadID
    var folder: UUID
    /// nil: any owner's.
    var owner: String?
    /// Bytes in all.
    var length: Int64
    /// The number of the chunk file, in place of a fence.
    var file: Int64
    /// The id for the item, unless an item's file is replaced.
    var item: UUID
    var name: ItemReservation

    static let given: KeyValuePairs = [
        "given_id": "uuid", "given_folder": "uuid", "given_owner": "text", "given_length": "bigint",
        "given_file": "bigint", "given_item": "uuid", "given_stem": "text", "given_suffix": "text",
    ]

    static func sql(given: String) -> String {
        """
        WITH given AS (
            SELECT * FROM \(given)
        ), mine AS (
            UPDATE upload SET
                fence = fence + 1, turn = turn + 1, claimed_turn = turn + 1, "offset" = given_length,
                chunk_fences = ARRAY[given_file], chunk_starts = '{0}', clean = true, state = 'complete',
                completed_at = now(), expires_at = now() + make_interval(secs => expire_seconds),
                item_id = CASE WHEN replaces THEN folder_id ELSE given_item END
            FROM given
            WHERE \(ClaimUpload.isFree) AND dialect = 'tus' AND "offset" = 0 AND chunk_fences = '{}'
                AND length = given_length AND concat IS NULL
            RETURNING upload.*
        ), \(ReserveItem.ofGiven), \(ReserveItem.queue)
        \(ReserveItem.result)
        """
    }

    var sharingKey: String { id.description }

    var parameters: [any SQLEncodable] { [id, folder, owner, length, file, item, name.stem, name.suffix] }

    static func decode(_ row: Row) throws -> Upload { try Upload(row: row) }
}
