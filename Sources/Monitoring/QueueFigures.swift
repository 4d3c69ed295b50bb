import Postgres

/// The queue at one moment: what is cheap to ask for, often and by every process.
package struct QueueFigures: Sendable, Equatable {
    package var counts: [JobState: Int]
    /// Since the last byte of the oldest job that is neither done, dead nor cancelled; nil without one. Seconds.
    package var oldestAge: Double?
    /// Finalizers that live.
    package var workers: Int
    /// Finalizers that fell silent without a word within the last hour.
    package var lostWorkers: Int
    /// The whole queue is paused.
    package var isPaused: Bool
}

extension JobReader {
    package func queue() async throws -> QueueFigures {
        guard let figures = try await pool.first(ReadQueue()) else {
            throw PostgresError(.decoding, "the table job_tally has no row; restore it with `tussock migrate`")
        }
        return figures
    }
}

/// Counts by state read what is alive, and of history only what the sweeper has not counted yet (`FoldTally`).
struct ReadQueue: Statement {
    /// How long a finalizer may be silent and still count, seconds.
    static let silence = 30

    /// From `job_tally`.
    static let columns = """
        (SELECT count(*) FROM job WHERE state = 'queued') AS queued,
        (SELECT count(*) FROM job WHERE state = 'running') AS running,
        (SELECT count(*) FROM job WHERE state = 'retrying') AS retrying,
        (SELECT count(*) FROM job WHERE state = 'dead') AS dead,
        (SELECT count(*) FROM job WHERE state = 'cancelled') AS cancelled,
        job_tally.done + (SELECT count(*) FROM job WHERE state = 'done' AND finished_at >= job_tally.until) AS done,
        extract(epoch FROM now() - least(
            (SELECT min(queued_at) FROM (SELECT queued_at FROM job WHERE state = 'queued' AND NOT waits
                ORDER BY id LIMIT 100) AS first),
            (SELECT min(queued_at) FROM (SELECT queued_at FROM job WHERE state = 'running'
                ORDER BY id LIMIT 100) AS first),
            (SELECT min(queued_at) FROM (SELECT queued_at FROM job WHERE state = 'retrying'
                ORDER BY id LIMIT 100) AS first))
        )::double precision AS oldest_age,
        (SELECT count(*) FROM worker WHERE role = 'finalizer'
            AND last_seen > now() - interval '\(silence) seconds') AS workers,
        (SELECT count(*) FROM worker WHERE role = 'finalizer'
            AND last_seen <= now() - interval '\(silence) seconds') AS lost_workers,
        EXISTS (SELECT FROM job_pause WHERE folder_id IS NULL) AS is_paused
        """

    static let sql = "SELECT \(columns) FROM job_tally"

    static func decode(_ row: Row) throws -> QueueFigures {
        var counts: [JobState: Int] = [:]
        for state in JobState.allCases { counts[state] = try row[state.rawValue] }
        return QueueFigures(
            counts: counts, oldestAge: try row["oldest_age"], workers: try row["workers"],
            lostWorkers: try row["lost_workers"], isPaused: try row["is_paused"])
    }
}
