import Postgres
import UploadProtocol

/// Ends an open upload, or removes the tombstone of a finished one (the item stays). A final one that waits for parts
/// ends with its job and with the item that was to be. No row: it has been claimed or ended meanwhile; read it again.
struct TerminateUpload: Statement {
    var id: UploadID
    var fence: Int64
    /// Why, if not because its client wanted it.
    var reason: String?

    static let sql = """
        WITH ended AS (
            UPDATE upload SET
                fence = fence + 1,
                state = CASE WHEN state = 'open' OR (state = 'complete' AND length IS NULL) THEN 'terminated'
                    ELSE state END,
                finished_at = coalesce(finished_at, now()),
                removed_at = now(),
                reason = coalesce(reason, $3::text)
            WHERE id = $1::uuid AND fence = $2::bigint AND lease_node IS NULL AND removed_at IS NULL
            RETURNING id, CASE state WHEN 'terminated' THEN item_id END AS item_id, replaces
        ), cancelled AS (
            UPDATE job SET
                state = 'cancelled', waits = false, waiting_for = NULL, finished_at = now(),
                changed = pg_current_xact_id(),
                error_class = 'obsolete', error_message = 'the upload was terminated while it waited for its parts'
            FROM ended WHERE job.upload_id = ended.id AND ended.item_id IS NOT NULL
                AND job.state IN ('queued', 'retrying')
        ), freed AS (
            DELETE FROM item WHERE id = ANY (ARRAY(SELECT item_id FROM ended WHERE NOT replaces))
                AND state = 'reserved'
        )
        SELECT id FROM ended
        """

    var parameters: [any SQLEncodable] { [id, fence, reason] }

    static func decode(_ row: Row) throws -> UploadID { try row["id"] }
}

/// Removes the row of a terminated upload.
struct ForgetUpload: Statement {
    var id: UploadID

    static let sql = "DELETE FROM upload WHERE id = $1::uuid AND state = 'terminated'"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws {}
}
