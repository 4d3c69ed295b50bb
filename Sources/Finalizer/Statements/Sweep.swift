import Foundation
import Postgres
import UploadProtocol

/// Marks what has outlived its time: open and failed uploads, complete parts, and tombstones of finished uploads.
/// Nothing that a live claim holds, nothing that a job still works on.
struct ExpireUploads: Statement {
    var limit: Int

    static let sql = """
        WITH due AS (
            SELECT id FROM upload
            WHERE removed_at IS NULL AND expires_at <= now() AND (state <> 'complete' OR concat = 'partial')
                AND (lease_until IS NULL OR lease_until < now())
            ORDER BY expires_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
        )
        UPDATE upload SET
            state = CASE state WHEN 'open' THEN 'expired' ELSE state END,
            fence = fence + 1, lease_node = NULL, lease_until = NULL,
            finished_at = coalesce(finished_at, now()), removed_at = now()
        WHERE id = ANY (ARRAY(SELECT id FROM due))
        """

    var parameters: [any SQLEncodable] { [limit] }

    static func decode(_ row: Row) throws {}
}

/// Uploads that need their chunk files no more, in the order of their ids. A complete part is needed until each final
/// that was made of it before the part was removed is an item, or is removed itself.
struct UnsweptUploads: Statement {
    /// Those behind this one; nil: from the first on.
    var after: UploadID?
    var limit: Int

    static let sql = """
        SELECT id, chunk_fences FROM upload
        WHERE swept_at IS NULL AND (state <> 'complete' OR concat = 'partial')
            AND (removed_at IS NOT NULL OR state = 'finalized')
            AND (concat IS DISTINCT FROM 'partial' OR (
                SELECT final.id FROM upload_part JOIN upload AS final ON final.id = upload_part.upload_id
                WHERE upload_part.part_id = upload.id
                    AND (final.state = 'complete' OR (final.state = 'failed' AND final.removed_at IS NULL))
                LIMIT 1) IS NULL)
            AND ($1::uuid IS NULL OR id > $1::uuid)
        ORDER BY id LIMIT $2::bigint
        """

    var parameters: [any SQLEncodable] { [after, limit] }

    static func decode(_ row: Row) throws -> (id: UploadID, fences: [Int64]) {
        (try row["id"], try row["chunk_fences"])
    }
}

/// Files of deleted items, after the grace for downloads that have begun; in the order of their ids.
struct DeletedBlobs: Statement {
    /// Those behind this one; nil: from the first on.
    var after: UploadID?
    var graceSeconds: Int
    var limit: Int

    static let sql = """
        SELECT id FROM blob
        WHERE deleted_at < now() - make_interval(secs => $1::integer) AND ($3::uuid IS NULL OR id > $3::uuid)
        ORDER BY id LIMIT $2::bigint
        """

    var parameters: [any SQLEncodable] { [graceSeconds, limit, after] }

    static func decode(_ row: Row) throws -> UploadID { try row["id"] }
}

/// The files of these blobs are gone.
struct ForgetBlobs: Statement {
    var ids: [String]

    static let sql = "DELETE FROM blob WHERE id = ANY($1::uuid[]) AND deleted_at IS NOT NULL"

    var parameters: [any SQLEncodable] { [ids] }

    static func decode(_ row: Row) throws {}
}

/// Rows of uploads that have answered 410 for long enough; their jobs and attempts go with them, and out of the count
/// of done ones.
struct PruneUploads: Statement {
    var keepSeconds: Int
    var limit: Int

    static let sql = """
        WITH old AS (
            SELECT id FROM upload
            WHERE swept_at IS NOT NULL AND removed_at < now() - make_interval(secs => $1::integer)
            ORDER BY removed_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM job WHERE upload_id = ANY (ARRAY(SELECT id FROM old)) RETURNING state, finished_at
        ), counted AS (
            UPDATE job_tally SET done = done
                - (SELECT count(*) FROM gone WHERE gone.state = 'done' AND gone.finished_at < job_tally.until)
            WHERE EXISTS (SELECT FROM gone)
        )
        DELETE FROM upload WHERE id = ANY (ARRAY(SELECT id FROM old))
        """

    var parameters: [any SQLEncodable] { [keepSeconds, limit] }

    static func decode(_ row: Row) throws {}
}

/// Elects the sweeper: held by one connection of all at a time, until it is unlocked or the connection ends.
struct LockSweep: Statement {
    /// "tussock" in ASCII, so that a look at pg_locks tells whose it is.
    static let sql = "SELECT pg_try_advisory_lock(32780412905546603) AS is_mine"

    static func decode(_ row: Row) throws -> Bool { try row["is_mine"] }
}

struct UnlockSweep: Statement {
    static let sql = "SELECT pg_advisory_unlock(32780412905546603)"

    static func decode(_ row: Row) throws {}
}
