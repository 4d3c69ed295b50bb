import Foundation
import Postgres

/// A moment of the database, exact to the transaction: `pg_current_snapshot()`. It is the id of an event.
package struct Moment: Sendable, Equatable {
    package var text: String

    /// nil for text that is none: `xmin:xmax:xid,xid,…`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count <= 4096, let low = UInt64(parts[0]),
            let high = UInt64(parts[1]),
            0 < low, low <= high
        else { return nil }
        // In order and within the bounds, or the server refuses it.
        var last = low
        for word in parts[2].split(separator: ",", omittingEmptySubsequences: true) {
            guard let id = UInt64(word), id >= last, id < high else { return nil }
            last = id
        }
        self.text = text
    }

    fileprivate init(fromDatabase text: String) { self.text = text }
}

/// What changed since a moment.
package struct JobChanges: Sendable {
    package var now: Moment
    /// In the state of now, each job once.
    package var jobs: [JobRecord]
    /// More changed than is told: read the list again.
    package var isTooMuch: Bool
}

extension JobReader {
    /// Changes that are told one by one.
    package static let mostChanges = 200

    /// The moment of now.
    package func moment() async throws -> Moment {
        Moment(fromDatabase: try await pool.first(ReadMoment()) ?? "1:1:")
    }

    /// What was committed after `moment`: nothing is left out, in whatever order the transactions ended; what is
    /// committed just now may be told again the next time. Nothing is kept for a reader that is away or slow, since a
    /// row tells its latest state only.
    package func changes(since moment: Moment) async throws -> JobChanges {
        // Before the jobs: what is committed in between is told again.
        let now = try await self.moment()
        let jobs = try await pool.query(ChangedJobs(moment: moment, limit: Self.mostChanges + 1))
        let isTooMuch = jobs.count > Self.mostChanges
        return JobChanges(now: now, jobs: isTooMuch ? [] : jobs, isTooMuch: isTooMuch)
    }
}

struct ReadMoment: Statement {
    static let sql = "SELECT pg_current_snapshot()::text AS now"

    static func decode(_ row: Row) throws -> String { try row["now"] }
}

/// Jobs whose last change a snapshot did not see. Transactions of another life of this database (a restored dump) lie
/// in the future, and are left out.
struct ChangedJobs: Statement {
    var moment: Moment
    var limit: Int

    static let sql = JobRecord.select(
        from: """
            SELECT id FROM job
            WHERE changed >= pg_snapshot_xmin($1::pg_snapshot) AND changed < pg_snapshot_xmax(pg_current_snapshot())
                AND NOT pg_visible_in_snapshot(changed, $1::pg_snapshot)
            ORDER BY changed LIMIT $2::bigint
            """, order: "ASC")

    var parameters: [any SQLEncodable] { [moment.text, limit] }

    static func decode(_ row: Row) throws -> JobRecord { try JobRecord(row: row) }
}
