import Postgres
import UploadProtocol

/// The end of an attempt that did not publish: what state the job goes to, when it is due again, and why. A job that
/// ends for good (`dead`, `cancelled`) fails its upload as well. No row: the job is another's now.
struct EndAttempt: Statement {
    var job: Job
    var outcome: Outcome
    /// Those that the attempt went through, with seconds.
    var phases: (names: [String], seconds: [Double]) = ([], [])

    struct Outcome: Sendable {
        /// `queued`, `retrying`, `dead` or `cancelled`.
        var state: String
        /// What the attempt's record says.
        var result: String
        var countsAsFailure = false
        /// Seconds until the job is due again.
        var pause = 0.0
        var waitingFor: String?
        var errorClass: String?
        var errorMessage: String?
    }

    static let sql = """
        WITH ended AS (
            UPDATE job SET
                state = $3::text, phase = NULL, lease_until = NULL, worker = NULL, changed = pg_current_xact_id(),
                failures = failures + CASE WHEN $5::boolean THEN 1 ELSE 0 END,
                next_at = now() + make_interval(secs => $6::double precision), waiting_for = $7::text,
                error_class = coalesce($8::text, error_class), error_message = coalesce($9::text, error_message),
                finished_at = CASE WHEN $3::text IN ('dead', 'cancelled') THEN now() END
            WHERE id = $1::bigint AND attempt = $2::integer AND state = 'running'
            RETURNING upload_id, state
        ), merged AS (
            -- A run of waits for the same thing is one record, or a full volume would fill the database.
            DELETE FROM job_attempt WHERE job_id = $1::bigint AND attempt = $2::integer - 1 AND result = 'waiting'
                AND $4::text = 'waiting' AND error_class = $8::text AND EXISTS (SELECT FROM ended)
            RETURNING started_at, repeats
        ), logged AS (
            UPDATE job_attempt SET
                ended_at = now(), result = $4::text, error_class = $8::text, error_message = $9::text,
                phases = $10::text[], phase_seconds = $11::double precision[],
                started_at = coalesce((SELECT started_at FROM merged), started_at),
                repeats = repeats + coalesce((SELECT repeats FROM merged), 0)
            WHERE job_id = $1::bigint AND attempt = $2::integer AND EXISTS (SELECT FROM ended)
        ), failed AS (
            UPDATE upload SET
                state = 'failed', reason = $9::text, finished_at = now(),
                expires_at = now() + make_interval(secs => expire_seconds)
            FROM ended WHERE upload.id = ended.upload_id AND ended.state IN ('dead', 'cancelled')
        )
        SELECT CASE WHEN state IN ('dead', 'cancelled') THEN pg_notify('tussock_finalized', upload_id::text)
            WHEN state = 'queued' THEN pg_notify('tussock_jobs', $1::text) END
        FROM ended
        """

    var parameters: [any SQLEncodable] {
        [
            job.id, job.attempt, outcome.state, outcome.result, outcome.countsAsFailure, outcome.pause,
            outcome.waitingFor, outcome.errorClass, outcome.errorMessage, phases.names, phases.seconds,
        ]
    }

    static func decode(_ row: Row) throws {}
}

/// Whether the worker still has the job; tells a deleted item from a lost claim.
struct JobIsMine: Statement {
    var job: Job

    static let sql = "SELECT id FROM job WHERE id = $1 AND attempt = $2 AND state = 'running'"

    var parameters: [any SQLEncodable] { [job.id, job.attempt] }

    static func decode(_ row: Row) throws {}
}

/// The uploads' chunk files are gone; the names that failed ones had reserved are free again.
struct MarkSwept: Statement {
    var ids: [String]

    static let sql = """
        WITH unclaimed AS (DELETE FROM item WHERE upload_id = ANY ($1::uuid[]) AND state = 'reserved')
        UPDATE upload SET swept_at = now() WHERE id = ANY ($1::uuid[])
        """

    var parameters: [any SQLEncodable] { [ids] }

    static func decode(_ row: Row) throws {}
}

/// Puts back the jobs whose worker has not been heard of for a lease; those that failed too often are dead.
struct RescueJobs: Statement {
    static let sql = """
        WITH silent AS (
            SELECT id, phase, phase_at FROM job WHERE state = 'running' AND lease_until < now()
            ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED
        ), rescued AS (
            UPDATE job SET
                state = CASE WHEN failures + 1 >= max_attempts THEN 'dead' ELSE 'retrying' END,
                failures = failures + 1, phase = NULL, lease_until = NULL, next_at = now(),
                changed = pg_current_xact_id(),
                error_class = 'worker-lost', error_message = 'worker ' || worker || ' was not heard of any more',
                finished_at = CASE WHEN failures + 1 >= max_attempts THEN now() END
            FROM silent WHERE job.id = silent.id
            RETURNING job.id, job.attempt, job.upload_id, job.state, job.error_message, silent.phase, silent.phase_at
        ), logged AS (
            UPDATE job_attempt SET ended_at = now(), result = 'lost', error_class = 'worker-lost',
                error_message = rescued.error_message, phases = array_remove(ARRAY[rescued.phase], NULL),
                phase_seconds = array_remove(
                    ARRAY[extract(epoch FROM now() - rescued.phase_at)::double precision], NULL)
            FROM rescued WHERE job_attempt.job_id = rescued.id AND job_attempt.attempt = rescued.attempt
        ), failed AS (
            UPDATE upload SET state = 'failed', reason = rescued.error_message, finished_at = now(),
                expires_at = now() + make_interval(secs => expire_seconds)
            FROM rescued WHERE upload.id = rescued.upload_id AND rescued.state = 'dead'
        )
        SELECT id, CASE state WHEN 'dead' THEN pg_notify('tussock_finalized', upload_id::text)
            ELSE pg_notify('tussock_jobs', id::text) END
        FROM rescued
        """

    static func decode(_ row: Row) throws -> Int64 { try row["id"] }
}
