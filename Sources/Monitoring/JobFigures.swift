package import Foundation
import Postgres

/// Figures of the whole queue.
package struct JobFigures: Sendable, Equatable {
    package var counts: [JobState: Int]
    /// Since the last byte of the oldest job that is neither done, dead nor cancelled; nil without one. Seconds.
    package var oldestAge: Double?
    /// From the last byte to the visible item, of the jobs done in the last hour (the latest 10,000 at most); nil
    /// without one. Seconds.
    package var visibleP50: Double?
    package var visibleP99: Double?
    /// What finalizers got done in the last minute.
    package var bytesPerSecond: Double
    /// Finalizers that live.
    package var workers: Int
    /// The whole queue is paused.
    package var isPaused: Bool
    /// Paths of paused folders; nil for one that has been deleted since.
    package var pausedFolders: [String]
}

/// The queue, and what it gets done.
struct ReadFigures: Statement {
    static let sql = """
        SELECT
            \(ReadQueue.columns),
            visible.p50, visible.p99, ((finished.bytes + moving.bytes) / 60)::double precision AS bytes_per_second
        FROM job_tally
        CROSS JOIN (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS p50,
                percentile_cont(0.99) WITHIN GROUP (ORDER BY seconds) AS p99
            FROM (SELECT extract(epoch FROM finished_at - queued_at)::double precision AS seconds FROM job
                WHERE state = 'done' AND finished_at > now() - interval '1 hour'
                ORDER BY finished_at DESC LIMIT 10000) AS latest
        ) AS visible
        -- Of each run the part that lies in the last minute.
        CROSS JOIN (
            SELECT coalesce(sum(bytes_total * least(1, 60
                / greatest(extract(epoch FROM finished_at - started_at), 0.001))), 0) AS bytes
            FROM (SELECT bytes_total, finished_at, started_at FROM job
                WHERE state = 'done' AND finished_at > now() - interval '1 minute'
                ORDER BY finished_at DESC LIMIT 100000) AS latest
        ) AS finished
        CROSS JOIN (
            SELECT coalesce(sum((bytes_done - phase_from) * least(1, 60
                / greatest(extract(epoch FROM now() - phase_at), 0.001))), 0) AS bytes
            FROM job WHERE state = 'running' AND bytes_done > phase_from
        ) AS moving
        """

    static func decode(_ row: Row) throws -> JobFigures {
        let queue = try ReadQueue.decode(row)
        return JobFigures(
            counts: queue.counts, oldestAge: queue.oldestAge, visibleP50: try row["p50"], visibleP99: try row["p99"],
            bytesPerSecond: try row["bytes_per_second"], workers: queue.workers, isPaused: queue.isPaused,
            pausedFolders: [])
    }
}

/// The paths of paused folders.
struct PausedFolders: Statement {
    static let sql = """
        SELECT place.names FROM job_pause CROSS JOIN LATERAL (
            \(FolderPath.names(of: "job_pause.folder_id"))
        ) AS place WHERE job_pause.folder_id IS NOT NULL ORDER BY job_pause.id
        """

    static func decode(_ row: Row) throws -> [String] { try row["names"] }
}

/// What was done in one minute.
package struct MinuteOfWork: Sendable, Equatable {
    package var minute: Date
    package var done: Int
    package var bytes: Int64
    /// From the last byte to the visible item, seconds.
    package var visibleP50: Double
    package var visibleP99: Double
}

/// Minutes in which something was done, oldest first; those that the sweeper has not summed up yet from the jobs.
struct ReadMinutes: Statement {
    var minutes: Int

    static let sql = """
        SELECT minute, done, bytes::bigint AS bytes, visible_p50, visible_p99 FROM job_minute
        WHERE minute > now() - make_interval(mins => $1::integer)
        UNION ALL
        SELECT date_trunc('minute', finished_at), count(*), sum(bytes_total)::bigint,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - queued_at)::double precision),
            percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - queued_at)::double precision)
        FROM job WHERE state = 'done' AND finished_at >= (SELECT until FROM job_tally)
            AND finished_at > now() - make_interval(mins => $1::integer)
        GROUP BY 1 ORDER BY 1
        """

    var parameters: [any SQLEncodable] { [minutes] }

    static func decode(_ row: Row) throws -> MinuteOfWork {
        MinuteOfWork(
            minute: try row["minute"], done: try row["done"], bytes: try row["bytes"],
            visibleP50: try row["visible_p50"], visibleP99: try row["visible_p99"])
    }
}
