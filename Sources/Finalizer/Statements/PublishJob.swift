import Foundation
import Postgres

/// The end of a job: the item is visible, the upload finalized, the job done, an older file given to the sweeper; in
/// one statement, and told to those who wait. No row: the claim is lost or the item has gone.
struct PublishJob: Statement {
    var job: Job
    /// Pixels, of an image whose header tells.
    var width: Int?
    var height: Int?
    /// No chunk file is left behind: it became the blob.
    var nothingLeft: Bool
    /// Those that the attempt went through, with seconds.
    var phases: (names: [String], seconds: [Double]) = ([], [])

    static let sql = """
        WITH target AS (
            SELECT item.id AS item_id, item.blob_id AS old_blob, upload.id AS upload_id, upload.filename,
                upload.content_type, upload.length, upload.known_sha256, upload.completed_at
            FROM job JOIN upload ON upload.id = job.upload_id JOIN item ON item.id = upload.item_id
            WHERE job.id = $1::bigint AND job.attempt = $2::integer AND job.state = 'running'
            FOR UPDATE OF job, upload, item
        ), stored AS (
            INSERT INTO blob (id, length, sha256) SELECT upload_id, length, known_sha256 FROM target
        ), shown AS (
            UPDATE item SET
                state = 'published', blob_id = target.upload_id, filename = target.filename,
                content_type = target.content_type, size = target.length, width = $3::integer, height = $4::integer,
                upload_id = target.upload_id, modified_at = now(),
                created_at = CASE item.state WHEN 'reserved' THEN now() ELSE item.created_at END
            FROM target WHERE item.id = target.item_id
        ), freed AS (
            -- Also a blob that another replacement published while this statement waited for the item: an UPDATE would
            -- look for it in a snapshot from before.
            INSERT INTO blob (id, length, deleted_at)
            SELECT old_blob, 0, now() FROM target WHERE old_blob IS NOT NULL
            ON CONFLICT (id) DO UPDATE SET deleted_at = now()
        ), finalized AS (
            UPDATE upload SET
                state = 'finalized', finished_at = now(), reason = NULL,
                expires_at = now() + make_interval(secs => expire_seconds),
                swept_at = CASE WHEN $5::boolean THEN now() END
            FROM target WHERE upload.id = target.upload_id
        ), ended AS (
            UPDATE job SET
                state = 'done', phase = NULL, lease_until = NULL, bytes_done = bytes_total, finished_at = now(),
                error_class = NULL, error_message = NULL, changed = pg_current_xact_id()
            FROM target WHERE job.id = $1::bigint
        ), logged AS (
            UPDATE job_attempt SET
                ended_at = clock_timestamp(), result = 'done', phases = $6::text[],
                phase_seconds = $7::double precision[]
            FROM target WHERE job_id = $1::bigint AND attempt = $2::integer
        )
        SELECT pg_notify('tussock_finalized', upload_id::text),
            extract(epoch FROM clock_timestamp() - completed_at)::double precision AS visible_after
        FROM target
        """

    var parameters: [any SQLEncodable] {
        [job.id, job.attempt, width, height, nothingLeft, phases.names, phases.seconds]
    }

    /// How long after its last byte the upload became visible.
    static func decode(_ row: Row) throws -> Duration { .seconds(try row["visible_after"] as Double) }
}
