import Postgres
import Uploads

/// This worker sweeps: it is the leader until another says so.
struct Lead: Statement {
    var worker: NodeID

    static let sql = "UPDATE worker SET swept_at = now() WHERE id = $1"

    var parameters: [any SQLEncodable] { [worker] }

    static func decode(_ row: Row) throws {}
}

/// Adds the done jobs of whole minutes to the count of done ones, and a line for each minute to the history.
///
/// Up to a minute ago: `finished_at` is the begin of a statement, which has ended by then or never will.
struct FoldTally: Statement {
    static let sql = """
        WITH tally AS (
            SELECT until, date_trunc('minute', now() - interval '1 minute') AS next FROM job_tally FOR UPDATE
        ), minutes AS (
            SELECT date_trunc('minute', finished_at) AS minute, count(*) AS done, sum(bytes_total) AS bytes,
                percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
                    ORDER BY extract(epoch FROM finished_at - queued_at)::double precision) AS seconds
            FROM job, tally WHERE state = 'done' AND finished_at >= tally.until AND finished_at < tally.next
            GROUP BY 1
        ), kept AS (
            INSERT INTO job_minute (minute, done, bytes, visible_p50, visible_p99)
            SELECT minute, done, bytes, seconds[1], seconds[2] FROM minutes ON CONFLICT (minute) DO NOTHING
        )
        UPDATE job_tally SET done = job_tally.done + (SELECT coalesce(sum(done), 0) FROM minutes), until = tally.next
        FROM tally WHERE job_tally.until < tally.next
        """

    static func decode(_ row: Row) throws {}
}

/// What operators need no more: old entries of the audit log, old minutes, processes that died, pauses of folders that
/// have been deleted.
struct PruneHistory: Statement {
    /// Of the audit log, seconds.
    var keepAuditSeconds: Int
    /// Of the minutes, seconds.
    var keepSeconds: Int
    /// Of silent processes, seconds.
    var keepWorkersSeconds: Int

    static let sql = """
        WITH entries AS (
            DELETE FROM job_audit WHERE id = ANY (ARRAY(
                SELECT id FROM job_audit WHERE at < now() - make_interval(secs => $1::integer)
                ORDER BY at LIMIT 10000))
        ), minutes AS (
            DELETE FROM job_minute WHERE minute < now() - make_interval(secs => $2::integer)
        ), dead AS (
            DELETE FROM worker WHERE last_seen < now() - make_interval(secs => $3::integer)
        )
        DELETE FROM job_pause WHERE folder_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM item WHERE item.id = job_pause.folder_id)
        """

    var parameters: [any SQLEncodable] { [keepAuditSeconds, keepSeconds, keepWorkersSeconds] }

    static func decode(_ row: Row) throws {}
}
