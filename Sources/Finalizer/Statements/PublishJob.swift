import Foundation
import Postgres

/// The end of a job: the item is visible, the upload finalized, the job done, an older file given to the sweeper; in
/// one statement, and told to those who wait. No row: the claim is lost or the item has gone.
struct PublishJob: SharableStatement {
    var job: Job
    /// The item that is made or whose file is replaced.
    var item: UUID?
    /// Pixels, of an image whose header tells.
    var width: Int?
    var height: Int?
    /// No chunk file is left behind: it became the blob.
    var nothingLeft: Bool
    /// Those that the attempt went through, with seconds.
    var phases: (names: [String], seconds: [Double]) = ([], [])

    static let given: KeyValuePairs = [
        "given_job": "bigint", "given_attempt": "integer", "given_width": "integer", "given_height": "integer",
        "given_nothing_left": "boolean", "given_phases": "text", "given_seconds": "text",
    ]

    static func sql(given: String) -> String {
        """
        WITH given AS (
            SELECT * FROM \(given)
        ), target AS (
            SELECT given.*, item.id AS item_id, item.blob_id AS old_blob, upload.id AS upload_id, upload.filename,
                upload.content_type, upload.length, upload.known_sha256, upload.completed_at
            FROM given CROSS JOIN LATERAL (
                SELECT upload_id FROM job WHERE job.id = given_job AND attempt = given_attempt AND state = 'running'
                LIMIT 1 FOR UPDATE) AS mine
            JOIN upload ON upload.id = mine.upload_id JOIN item ON item.id = upload.item_id
            FOR UPDATE OF upload, item
        ), stored AS (
            INSERT INTO blob (id, length, sha256) SELECT upload_id, length, known_sha256 FROM target
        ), shown AS (
            UPDATE item SET
                state = 'published', blob_id = target.upload_id, filename = target.filename,
                content_type = target.content_type, size = target.length, width = given_width, height = given_height,
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
                swept_at = CASE WHEN given_nothing_left THEN now() END
            FROM target WHERE upload.id = target.upload_id
        ), ended AS (
            UPDATE job SET
                state = 'done', phase = NULL, lease_until = NULL, bytes_done = bytes_total, finished_at = now(),
                error_class = NULL, error_message = NULL, changed = pg_current_xact_id()
            FROM target WHERE job.id = given_job
        ), logged AS (
            UPDATE job_attempt SET
                ended_at = clock_timestamp(), result = 'done', phases = given_phases::text[],
                phase_seconds = given_seconds::double precision[]
            FROM target WHERE job_id = given_job AND job_attempt.attempt = given_attempt
        )
        SELECT given_number, pg_notify('tussock_finalized', upload_id::text),
            extract(epoch FROM clock_timestamp() - completed_at)::double precision AS visible_after
        FROM target
        """
    }

    /// Two uploads may replace the file of one item.
    var sharingKey: String { item.map { "\($0)" } ?? "job \(job.id)" }

    var parameters: [any SQLEncodable] {
        [job.id, job.attempt, width, height, nothingLeft, phases.names, phases.seconds]
    }

    /// How long after its last byte the upload became visible.
    static func decode(_ row: Row) throws -> Duration { .seconds(try row["visible_after"] as Double) }
}
