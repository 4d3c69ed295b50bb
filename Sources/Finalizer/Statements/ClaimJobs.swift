import Postgres
import UploadProtocol
import Uploads

/// Takes up to `limit` jobs that are due, the small files' first, and up to `renames` more that are mere renames;
/// those that another worker is just taking are skipped. Each comes with its upload.
///
/// Nothing is taken while the queue is paused. A job whose folder is paused, or one above it, is parked by the pause
/// when its turn comes, so that it is looked at once and not again by every claim; it is let go with the pause's row.
/// A row for each job that was looked at: nil for one that was parked.
///
/// A claim of renames alone is not waited for to reach the disk: a crash of the database may undo it. Then another
/// worker gets the same attempt number while this one still goes on. Both rename the same file to the same name;
/// whoever is first publishes it, and the other finds the job done. Where bytes are copied, two such workers would
/// write to one file, so such a claim is as durable as everything else.
///
/// SQLSTATE 23503: a pause ended meanwhile; run it again.
struct ClaimJobs: Statement {
    var worker: NodeID
    var limit: Int
    /// Of those that are due next, as many as these are looked at.
    var renames = 0
    var leaseSeconds: Int
    /// But for the renames, only jobs of at most this many bytes.
    var mostBytes: Int64?

    private static let due = """
        state IN ('queued', 'retrying') AND parked_by IS NULL AND NOT waits AND next_at <= now()
                AND NOT EXISTS (SELECT FROM job_pause WHERE job_pause.folder_id IS NULL)
        """

    static let sql = """
        WITH RECURSIVE first AS (
            SELECT id, folder_id FROM job WHERE \(due) AND ($4::bigint IS NULL OR bytes_total <= $4::bigint)
            ORDER BY priority, next_at, id LIMIT $2::bigint
            FOR UPDATE SKIP LOCKED
        ), next AS (
            SELECT id, upload_id FROM job WHERE \(due) AND id <> ALL (ARRAY(SELECT id FROM first))
            ORDER BY priority, next_at, id LIMIT $5::bigint
        ), renames AS (
            SELECT mine.id, mine.folder_id FROM next CROSS JOIN LATERAL (
                SELECT FROM upload WHERE upload.id = next.upload_id AND \(Renames.condition) LIMIT 1) AS suited
            CROSS JOIN LATERAL (
                SELECT id, folder_id FROM job
                WHERE job.id = next.id AND state IN ('queued', 'retrying') AND parked_by IS NULL LIMIT 1
                FOR UPDATE SKIP LOCKED) AS mine
        ), picked AS (
            SELECT * FROM first UNION ALL SELECT * FROM renames
        ), trail AS (
            SELECT picked.id, picked.folder_id AS place FROM picked WHERE EXISTS (SELECT FROM job_pause)
            UNION ALL
            SELECT trail.id, above.parent_id FROM trail
            CROSS JOIN LATERAL (SELECT parent_id FROM item WHERE item.id = trail.place LIMIT 1) AS above
        ), paused AS (
            SELECT trail.id, min(job_pause.id) AS pause FROM trail JOIN job_pause ON job_pause.folder_id = trail.place
            GROUP BY trail.id
        ), parked AS (
            UPDATE job SET parked_by = paused.pause, changed = pg_current_xact_id()
            FROM paused WHERE job.id = paused.id
        ), claimed AS (
            UPDATE job SET
                state = 'running', phase = 'verify', attempt = attempt + 1, worker = $1::text,
                lease_until = now() + make_interval(secs => $3::integer), started_at = now(), waiting_for = NULL,
                phase_at = now(), phase_from = bytes_done, changed = pg_current_xact_id()
            FROM picked WHERE job.id = picked.id AND picked.id NOT IN (SELECT id FROM paused)
            RETURNING job.*
        ), logged AS (
            INSERT INTO job_attempt (job_id, attempt, worker) SELECT id, attempt, worker FROM claimed
        ), answer AS (
            SELECT picked.id AS picked, claimed.id AS job_id, claimed.priority, claimed.attempt, claimed.failures,
                claimed.max_attempts, claimed.bytes_total, claimed.bytes_done, claimed_upload.*
            FROM picked LEFT JOIN claimed ON claimed.id = picked.id
            LEFT JOIN LATERAL (
                SELECT \(Upload.columns), (\(Renames.condition)) AS is_rename
                FROM upload WHERE upload.id = claimed.upload_id LIMIT 1) AS claimed_upload ON true
        )
        SELECT answer.*, (SELECT set_config('synchronous_commit', 'off', true) WHERE NOT EXISTS (
            SELECT FROM answer WHERE job_id IS NOT NULL AND is_rename IS NOT TRUE)) AS relaxed
        FROM answer ORDER BY priority, picked
        """

    var parameters: [any SQLEncodable] { [worker, limit, leaseSeconds, mostBytes, renames] }

    static func decode(_ row: Row) throws -> ClaimedJob? {
        guard let id: Int64 = try row["job_id"] else { return nil }
        let upload = try Upload(row: row)
        let job = Job(
            id: id, upload: upload.id, attempt: try row["attempt"], failures: try row["failures"],
            mostFailures: try row["max_attempts"], bytesTotal: try row["bytes_total"], bytesDone: try row["bytes_done"])
        return ClaimedJob(job: job, upload: upload)
    }
}

/// Moves jobs that have been due for long one class up, so that many small ones do not keep a large one for ever.
struct AgeJobs: Statement {
    /// How long a job waits in one class, seconds: one of the last class stands with the small ones after twice that.
    static let patience = 300

    static let sql = """
        UPDATE job SET priority = priority - 1, changed = pg_current_xact_id() WHERE id = ANY (ARRAY(
            SELECT id FROM job
            WHERE state IN ('queued', 'retrying') AND parked_by IS NULL AND NOT waits AND priority > 0
                AND next_at <= now() - make_interval(secs => $1::integer * (3 - priority))
            ORDER BY priority, next_at, id LIMIT 1000 FOR UPDATE SKIP LOCKED))
        """

    var parameters: [any SQLEncodable] { [Self.patience] }

    static func decode(_ row: Row) throws {}
}

/// Says that the worker lives and how far it is. No row: the job is another's now.
///
/// Word of `verify` that comes late changes no figure of a later phase: the bytes copied, by which the next attempt
/// goes on, are never mistaken for bytes read.
struct JobHeartbeat: Statement {
    var job: Job
    var phase: Phase
    var bytesDone: Int64
    var leaseSeconds: Int

    static let sql = """
        UPDATE job SET
            phase = CASE WHEN $3::text = 'verify' THEN phase ELSE $3::text END,
            bytes_done = CASE WHEN $3::text = 'verify' AND phase <> 'verify' THEN bytes_done ELSE $4::bigint END,
            phase_at = CASE WHEN $3::text IN ('verify', phase) THEN phase_at ELSE now() END,
            phase_from = CASE WHEN $3::text = phase THEN least(phase_from, $4::bigint)
                WHEN $3::text = 'verify' THEN phase_from ELSE $4::bigint END,
            lease_until = now() + make_interval(secs => $5::integer), changed = pg_current_xact_id()
        WHERE id = $1 AND attempt = $2 AND state = 'running'
        """

    var parameters: [any SQLEncodable] { [job.id, job.attempt, phase.rawValue, bytesDone, leaseSeconds] }

    static func decode(_ row: Row) throws {}
}
