package import Foundation
import Postgres

/// One attempt at a job.
package struct JobAttempt: Sendable, Equatable {
    package var attempt: Int
    package var worker: String
    package var startedAt: Date
    package var endedAt: Date?
    /// `done`, `failed`, `waiting`, `stopped`, `lost` or `cancelled`; nil while it runs.
    package var result: String?
    package var errorClass: String?
    package var errorMessage: String?
    /// With seconds, in their order.
    package var phases: [Phase]
    /// More than 1: so many attempts in a row that waited for the same thing.
    package var repeats: Int

    package struct Phase: Sendable, Equatable {
        package var name: String
        package var seconds: Double
    }
}

struct ListAttempts: Statement {
    var job: Int64

    static let sql = """
        SELECT attempt, worker, started_at, ended_at, result, error_class, error_message, phases, phase_seconds, repeats
        FROM job_attempt WHERE job_id = $1 ORDER BY attempt
        """

    var parameters: [any SQLEncodable] { [job] }

    static func decode(_ row: Row) throws -> JobAttempt {
        let names: [String] = try row["phases"]
        let seconds: [Double] = try row["phase_seconds"]
        return JobAttempt(
            attempt: try row["attempt"], worker: try row["worker"], startedAt: try row["started_at"],
            endedAt: try row["ended_at"], result: try row["result"], errorClass: try row["error_class"],
            errorMessage: try row["error_message"],
            phases: zip(names, seconds).map { JobAttempt.Phase(name: $0, seconds: $1) }, repeats: try row["repeats"])
    }
}

/// An action by hand.
package struct AuditEntry: Sendable, Equatable {
    package var id: Int64
    package var at: Date
    /// An account, or `user@host` of a command.
    package var actor: String
    /// `api` or `cli`.
    package var via: String
    /// `retry`, `cancel`, `pause` or `resume`.
    package var action: String
    package var job: Int64?
    /// The path of a folder that was paused or resumed.
    package var folder: String?
    /// `done`, or why it was refused.
    package var result: String

    init(row: Row) throws {
        (id, at, actor, via) = (try row["id"], try row["at"], try row["actor"], try row["via"])
        (action, job, folder, result) = (try row["action"], try row["job_id"], try row["folder"], try row["result"])
    }
}

struct ListAudit: Statement {
    /// Only entries with a smaller id; nil: from the newest on.
    var before: Int64?
    var limit: Int

    static let sql = """
        SELECT * FROM job_audit WHERE $1::bigint IS NULL OR id < $1::bigint ORDER BY id DESC LIMIT $2::bigint
        """

    var parameters: [any SQLEncodable] { [before, limit] }

    static func decode(_ row: Row) throws -> AuditEntry { try AuditEntry(row: row) }
}

struct AuditOfJob: Statement {
    var job: Int64

    static let sql = "SELECT * FROM job_audit WHERE job_id = $1::bigint ORDER BY id LIMIT 1000"

    var parameters: [any SQLEncodable] { [job] }

    static func decode(_ row: Row) throws -> AuditEntry { try AuditEntry(row: row) }
}
