import Postgres
import UploadProtocol

/// What is to become of finals that wait, which this transaction has locked: one whose parts are all complete gets its
/// length, and its job is woken; one that lost a part fails, and its job is dead; any other waits for its first open
/// part. May be repeated.
///
/// A statement of its own after the one that locked the finals: it must see what those did who held them before.
struct SettleFinals: Statement {
    var ids: [UploadID]
    /// Most bytes that a final may have.
    var maximumSize: Int64

    static let sql = """
        WITH facts AS (
            SELECT final.id AS final_id, sum(part.length::numeric) AS total,
                (array_agg(part.id ORDER BY position) FILTER (WHERE part.state = 'open'))[1] AS awaited,
                (array_agg('part ' || replace(part.id::text, '-', '') || CASE part.state
                        WHEN 'expired' THEN ' has expired' ELSE ' was terminated' END ORDER BY position)
                    FILTER (WHERE part.state NOT IN ('open', 'complete')))[1] AS loss
            FROM upload AS final
            JOIN upload_part ON upload_part.upload_id = final.id
            JOIN upload AS part ON part.id = upload_part.part_id
            WHERE final.id = ANY($1::uuid[]) AND final.state = 'complete' AND final.length IS NULL
            GROUP BY final.id
        ), verdicts AS (
            SELECT final_id, total, loss IS NOT NULL AS has_lost,
                'part ' || replace(awaited::text, '-', '') AS awaited,
                coalesce(loss, CASE WHEN total > $2::bigint THEN 'the parts have ' || total
                    || ' bytes together, and ' || $2::bigint || ' are allowed' END) AS failure
            FROM facts
        ), ready AS (
            UPDATE upload SET length = total::bigint, "offset" = total::bigint, completed_at = now()
            FROM verdicts WHERE upload.id = final_id AND failure IS NULL AND awaited IS NULL
            RETURNING upload.id, length
        ), woken AS (
            UPDATE job SET
                waits = false, waiting_for = NULL, bytes_total = length, priority = \(ReserveItem.priority),
                queued_at = now(), next_at = now(), changed = pg_current_xact_id()
            FROM ready WHERE job.upload_id = ready.id
            RETURNING pg_notify('tussock_jobs', job.id::text)
        ), failed AS (
            UPDATE upload SET
                state = 'failed', reason = failure, finished_at = now(),
                expires_at = now() + make_interval(secs => expire_seconds)
            FROM verdicts WHERE upload.id = final_id AND failure IS NOT NULL
            RETURNING pg_notify('tussock_finalized', upload.id::text)
        ), ended AS (
            UPDATE job SET
                state = 'dead', waits = false, waiting_for = NULL, finished_at = now(), error_message = failure,
                error_class = CASE WHEN has_lost THEN 'PartGone' ELSE 'TooLarge' END, changed = pg_current_xact_id()
            FROM verdicts
            WHERE job.upload_id = final_id AND failure IS NOT NULL AND job.state IN ('queued', 'retrying')
        ), waiting AS (
            UPDATE job SET waiting_for = awaited, changed = pg_current_xact_id()
            FROM verdicts
            WHERE job.upload_id = final_id AND failure IS NULL AND waits
                AND waiting_for IS DISTINCT FROM awaited
        )
        SELECT (SELECT count(*) FROM woken) + (SELECT count(*) FROM failed) AS settled
        """

    var parameters: [any SQLEncodable] { [ids.map(\.description), maximumSize] }

    static func decode(_ row: Row) throws -> Int { try row["settled"] }
}
