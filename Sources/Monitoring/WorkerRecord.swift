package import Foundation
import Postgres

/// A process of the cluster as it registered itself.
package struct WorkerRecord: Sendable, Equatable {
    /// The node's name, as in a job's `worker`.
    package var id: String
    /// `front` or `finalizer`.
    package var role: String
    package var host: String
    package var version: String
    package var startedAt: Date
    package var lastSeen: Date
    /// Seconds since then, by the database's clock.
    package var age: Double
    /// Of a finalizer: jobs that it runs at the same time.
    package var concurrency: Int?
    /// Jobs that it runs now.
    package var jobs: Int
    /// Of all that live, the one that swept last.
    package var isLeader: Bool

    /// Not heard of for longer than a job's lease: its jobs have been given to others.
    package var isAlive: Bool { age <= Double(ReadQueue.silence) }
}

struct ListWorkers: Statement {
    static let sql = """
        SELECT id, role, host, version, started_at, last_seen, concurrency,
            extract(epoch FROM now() - last_seen)::double precision AS age,
            (SELECT count(*) FROM job WHERE state = 'running' AND job.worker = worker.id) AS jobs,
            swept_at IS NOT NULL AND swept_at = (SELECT max(swept_at) FROM worker
                WHERE last_seen > now() - interval '\(ReadQueue.silence) seconds') AS is_leader
        FROM worker ORDER BY role, id
        """

    static func decode(_ row: Row) throws -> WorkerRecord {
        WorkerRecord(
            id: try row["id"], role: try row["role"], host: try row["host"], version: try row["version"],
            startedAt: try row["started_at"], lastSeen: try row["last_seen"], age: try row["age"],
            concurrency: try row["concurrency"], jobs: try row["jobs"], isLeader: try row["is_leader"])
    }
}

/// A sign of life; the first one registers.
struct RegisterWorker: Statement {
    var id: String
    var role: String
    var host: String
    var version: String
    var concurrency: Int?

    static let sql = """
        INSERT INTO worker (id, role, host, version, concurrency) VALUES ($1, $2, $3, $4, $5::integer)
        ON CONFLICT (id) DO UPDATE SET last_seen = now()
        """

    var parameters: [any SQLEncodable] { [id, role, host, version, concurrency] }

    static func decode(_ row: Row) throws {}
}

struct ForgetWorker: Statement {
    var id: String

    static let sql = "DELETE FROM worker WHERE id = $1"

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws {}
}
