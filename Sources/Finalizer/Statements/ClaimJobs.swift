import Postgres
import UploadProtocol
import Uploads

/// Takes up to `limit` jobs that are due, the small files' first; those that another worker is just taking are skipped.
struct ClaimJobs: Statement {
    var worker: NodeID
    var limit: Int
    var leaseSeconds: Int

    static let sql = """
        WITH picked AS (
            SELECT id FROM job
            WHERE state IN ('queued', 'retrying') AND parked_by IS NULL AND NOT waits AND next_at <= now()
            ORDER BY priority, next_at, id LIMIT $2::bigint
            FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE job SET
                state = 'running', phase = 'verify', attempt = attempt + 1, worker = $1::text,
                lease_until = now() + make_interval(secs => $3::integer), started_at = now(), waiting_for = NULL,
                phase_at = now(), phase_from = bytes_done, changed = pg_current_xact_id()
            FROM picked WHERE job.id = picked.id
            RETURNING job.*
        ), logged AS (
            INSERT INTO job_attempt (job_id, attempt, worker) SELECT id, attempt, worker FROM claimed
        )
        SELECT id, upload_id, attempt, failures, max_attempts, bytes_total, bytes_done FROM claimed
        ORDER BY priority, id
        """

    var parameters: [any SQLEncodable] { [worker, limit, leaseSeconds] }

    static func decode(_ row: Row) throws -> Job {
        Job(
            id: try row["id"], upload: try row["upload_id"], attempt: try row["attempt"],
            failures: try row["failures"], mostFailures: try row["max_attempts"], bytesTotal: try row["bytes_total"],
            bytesDone: try row["bytes_done"])
    }
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
