import Foundation
import Postgres

/// Dead and cancelled jobs start anew, with all their attempts, and their uploads are complete again; retrying ones are
/// due now. Refused when the bytes or the item are gone.
struct RetryJobs: Statement {
    var ids: [Int64]
    var actor: Person

    static let sql = """
        WITH asked AS (
            SELECT id, upload_id, state FROM job WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE
        ), able AS (
            SELECT asked.id, asked.upload_id, upload.item_id IS NOT NULL AND (
                SELECT item.id FROM item WHERE item.id = upload.item_id) IS NOT NULL AS has_item
            FROM asked JOIN upload ON upload.id = asked.upload_id
            WHERE asked.state IN ('dead', 'cancelled') AND upload.state = 'failed' AND upload.removed_at IS NULL
                AND upload.swept_at IS NULL
            FOR UPDATE OF upload
        ), completed AS (
            UPDATE upload SET
                state = 'complete', reason = NULL, finished_at = NULL,
                expires_at = now() + make_interval(secs => expire_seconds)
            FROM able WHERE upload.id = able.upload_id AND able.has_item
        ), again AS (
            UPDATE job SET
                state = 'queued', failures = 0, next_at = now(), finished_at = NULL, waiting_for = NULL,
                changed = pg_current_xact_id()
            FROM able WHERE job.id = able.id AND able.has_item
        ), sooner AS (
            UPDATE job SET next_at = now(), changed = pg_current_xact_id()
            FROM asked WHERE job.id = asked.id AND asked.state = 'retrying'
        ), judged AS (
            SELECT asked.id, CASE
                WHEN asked.state = 'retrying' OR able.has_item THEN NULL
                WHEN asked.state NOT IN ('dead', 'cancelled')
                    THEN 'it is ' || asked.state || '; only a dead, cancelled or retrying job can be retried'
                WHEN able.id IS NULL THEN 'its upload has expired, and the bytes are gone'
                ELSE 'its item has been deleted' END AS refusal
            FROM asked LEFT JOIN able ON able.id = asked.id
        ), noted AS (
            INSERT INTO job_audit (actor, via, action, job_id, result)
            SELECT $2::text, $3::text, 'retry', id, coalesce('refused: ' || refusal, 'done') FROM judged ORDER BY id
        )
        SELECT id, refusal, CASE WHEN refusal IS NULL THEN pg_notify('tussock_jobs', id::text) END
        FROM judged ORDER BY id
        """

    var parameters: [any SQLEncodable] { [ids, actor.name, actor.via] }

    static func decode(_ row: Row) throws -> SteeringResult {
        SteeringResult(id: try row["id"], refusal: try row["refusal"])
    }
}

/// Ends jobs for good, and fails their uploads. The worker of a running one finds no row any more with its next write,
/// which it is told to make at once.
struct CancelJobs: Statement {
    var ids: [Int64]
    var actor: Person

    static let sql = """
        WITH asked AS (
            SELECT id, upload_id, state, attempt FROM job WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE
        ), able AS (
            SELECT * FROM asked WHERE state IN ('queued', 'running', 'retrying')
        ), ended AS (
            UPDATE job SET
                state = 'cancelled', phase = NULL, lease_until = NULL, parked_by = NULL, waits = false,
                waiting_for = NULL, finished_at = now(), error_class = 'cancelled',
                error_message = 'cancelled by ' || $2::text, changed = pg_current_xact_id()
            FROM able WHERE job.id = able.id
        ), logged AS (
            UPDATE job_attempt SET
                ended_at = now(), result = 'cancelled', error_class = 'cancelled',
                error_message = 'cancelled by ' || $2::text
            FROM able WHERE job_id = able.id AND job_attempt.attempt = able.attempt AND result IS NULL
        ), failed AS (
            UPDATE upload SET
                state = 'failed', reason = 'cancelled by ' || $2::text, finished_at = now(),
                expires_at = now() + make_interval(secs => expire_seconds)
            FROM able WHERE upload.id = able.upload_id AND upload.state = 'complete'
        ), judged AS (
            SELECT asked.id, asked.upload_id, asked.state, CASE WHEN able.id IS NULL
                THEN 'it is ' || asked.state || '; only a queued, running or retrying job can be cancelled'
                END AS refusal
            FROM asked LEFT JOIN able ON able.id = asked.id
        ), noted AS (
            INSERT INTO job_audit (actor, via, action, job_id, result)
            SELECT $2::text, $3::text, 'cancel', id, coalesce('refused: ' || refusal, 'done') FROM judged ORDER BY id
        )
        SELECT id, refusal, CASE WHEN refusal IS NULL THEN pg_notify('tussock_finalized', upload_id::text) END,
            CASE WHEN refusal IS NULL AND state = 'running' THEN pg_notify('tussock_jobs', 'cancel ' || id) END
        FROM judged ORDER BY id
        """

    var parameters: [any SQLEncodable] { [ids, actor.name, actor.via] }

    static func decode(_ row: Row) throws -> SteeringResult {
        SteeringResult(id: try row["id"], refusal: try row["refusal"])
    }
}

/// No row: it is paused already.
struct PauseQueue: Statement {
    /// nil: the whole queue.
    var folder: UUID?
    var path: String?
    var actor: Person

    static let sql = """
        WITH paused AS (
            INSERT INTO job_pause (folder_id, actor) VALUES ($1::uuid, $3::text) ON CONFLICT DO NOTHING RETURNING id
        ), noted AS (
            INSERT INTO job_audit (actor, via, action, folder, result)
            SELECT $3::text, $4::text, 'pause', $2::text,
                CASE WHEN EXISTS (SELECT FROM paused) THEN 'done' ELSE 'refused: it is paused already' END
        )
        SELECT pg_notify('tussock_jobs', 'pause') FROM paused
        """

    var parameters: [any SQLEncodable] { [folder, path, actor.name, actor.via] }

    static func decode(_ row: Row) throws {}
}

/// The jobs that the pause parked go free with its row. No row: it is not paused.
struct ResumeQueue: Statement {
    /// nil: the whole queue.
    var folder: UUID?
    var path: String?
    var actor: Person

    static let sql = """
        WITH resumed AS (
            DELETE FROM job_pause WHERE folder_id IS NOT DISTINCT FROM $1::uuid RETURNING id
        ), noted AS (
            INSERT INTO job_audit (actor, via, action, folder, result)
            SELECT $3::text, $4::text, 'resume', $2::text,
                CASE WHEN EXISTS (SELECT FROM resumed) THEN 'done' ELSE 'refused: it is not paused' END
        )
        SELECT pg_notify('tussock_jobs', 'resume') FROM resumed
        """

    var parameters: [any SQLEncodable] { [folder, path, actor.name, actor.via] }

    static func decode(_ row: Row) throws {}
}
