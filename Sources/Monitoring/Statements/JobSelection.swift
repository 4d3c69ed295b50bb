import Foundation
import Postgres

/// The ids of the jobs that a filter lets through, as a sub-select with parameters $1 to $8.
///
/// A filter is served by the index that leaves fewest rows to look at, and each index serves one branch of a UNION of
/// which the others cost nothing at run time: so the plan is right whatever the parameters are, and an id order comes
/// from the index with no sort of a long history.
struct JobSelection: Sendable {
    var filter: JobFilter
    var folder: UUID?
    var before: Int64?
    var after: Int64?
    /// How many ids are wanted at most.
    var limit: Int

    /// Which branch: by state unless nearly all jobs are in it (`done`) and another filter tells more.
    private var branch: String {
        let isNarrower = filter.owner != nil || folder != nil
        if !filter.states.isEmpty, !(filter.states.contains(.done) && isNarrower) { return "state" }
        return switch (filter.owner, folder) {
        case (nil, nil): "all"
        case (_?, nil): "owner"
        case (nil, _?): "folder"
        case (_?, _?): "owner and folder"
        }
    }

    var parameters: [any SQLEncodable] {
        [
            filter.states.isEmpty ? nil : filter.states.map(\.rawValue), filter.owner, folder, filter.olderThan,
            before, after, branch, limit,
        ] as [any SQLEncodable]
    }

    /// What must hold besides the branch's own condition.
    private static let rest = """
        ($1::text[] IS NULL OR state = ANY ($1::text[])) AND ($2::text IS NULL OR owner = $2::text)
        AND ($3::uuid IS NULL OR folder_id = ANY (ARRAY(SELECT id FROM wanted)))
        AND ($4::bigint IS NULL OR queued_at <= now() - make_interval(secs => $4::bigint))
        """

    /// Where a scan begins and ends. A job is queued when it is made, or later; and ids grow with the time at which
    /// jobs are made, but for what a statement takes between the two.
    private static let lowest = "coalesce($6::bigint, -1)"
    private static let highest = """
        least(coalesce($5::bigint, 9223372036854775807), coalesce((SELECT id FROM job
            WHERE created_at >= now() - make_interval(secs => $4::bigint) + interval '1 minute'
            ORDER BY created_at LIMIT 1), 9223372036854775807))
        """

    /// - Parameters:
    ///   - order: `DESC` or `ASC`.
    ///   - isSorted: false where any of those that match will do, so that no more of a large tree is read.
    static func ids(_ order: String, isSorted: Bool = true) -> String {
        func scan(_ name: String, _ condition: String) -> String {
            """
            SELECT id FROM job WHERE $7::text = '\(name)' AND \(condition) AND \(rest)
            ORDER BY id \(order) LIMIT $8::bigint
            """
        }
        // The bounds of the id are where the scan of the index begins and ends. They stand there a second time with the
        // column for the planner, which cannot know how narrow they are, and might else take the primary key and throw
        // away nearly all that it finds. With two columns before the id it does not, and PostgreSQL 15 would then look
        // through all that the first of them has.
        func keyed(_ name: String, _ column: String, _ value: String) -> String {
            scan(
                name,
                """
                \(column) = \(value) AND id > \(lowest) AND id < \(highest)
                AND (\(column), id) > (\(value), \(lowest)) AND (\(column), id) < (\(value), \(highest))
                """)
        }
        let both = "owner = $2::text AND folder_id = asked.id AND id > \(lowest) AND id < \(highest)"
        func each(_ source: String, _ scan: String) -> String {
            "(SELECT found.id FROM \(source) CROSS JOIN LATERAL (\(scan)) AS found)"
        }
        return """
            WITH RECURSIVE wanted AS (
                SELECT id FROM item WHERE id = $3::uuid
                UNION ALL
                SELECT child.id FROM wanted JOIN item AS child ON child.parent_id = wanted.id AND child.kind = 'Folder'
            )
            SELECT id FROM (
                \(each("unnest($1::text[]) AS asked(state)", keyed("state", "state", "asked.state")))
                UNION ALL (\(keyed("owner", "owner", "$2::text")))
                UNION ALL \(each("wanted AS asked", keyed("folder", "folder_id", "asked.id")))
                UNION ALL \(each("wanted AS asked", scan("owner and folder", both)))
                UNION ALL (\(scan("all", "id > \(lowest) AND id < \(highest)")))
            ) AS found \(isSorted ? "ORDER BY id \(order)" : "") LIMIT $8::bigint
            """
    }
}

/// A page of jobs, newest first.
struct ListJobs: Statement {
    var selection: JobSelection
    var offset: Int

    static let sql = JobRecord.select(from: JobSelection.ids("DESC") + " OFFSET $9::bigint", order: "DESC")

    var parameters: [any SQLEncodable] { selection.parameters + [offset] }

    static func decode(_ row: Row) throws -> JobRecord { try JobRecord(row: row) }
}

/// A page of jobs behind `after`, oldest first.
struct ListJobsUpwards: Statement {
    var selection: JobSelection
    var offset: Int

    static let sql = JobRecord.select(from: JobSelection.ids("ASC") + " OFFSET $9::bigint", order: "ASC")

    var parameters: [any SQLEncodable] { selection.parameters + [offset] }

    static func decode(_ row: Row) throws -> JobRecord { try JobRecord(row: row) }
}

/// How many jobs a filter lets through, up to the limit.
struct CountJobs: Statement {
    var selection: JobSelection

    static let sql = "SELECT count(*) AS total FROM (\(JobSelection.ids("DESC", isSorted: false))) AS counted"

    var parameters: [any SQLEncodable] { selection.parameters }

    static func decode(_ row: Row) throws -> Int { try row["total"] }
}

/// The ids alone, oldest first, for an action on many.
struct JobIDs: Statement {
    var selection: JobSelection

    static let sql = JobSelection.ids("ASC")

    var parameters: [any SQLEncodable] { selection.parameters }

    static func decode(_ row: Row) throws -> Int64 { try row["id"] }
}

struct FindJob: Statement {
    var id: Int64

    static let sql = JobRecord.select(from: "SELECT $1::bigint AS id", order: "DESC")

    var parameters: [any SQLEncodable] { [id] }

    static func decode(_ row: Row) throws -> JobRecord { try JobRecord(row: row) }
}

/// A folder by its path; no row if there is none.
struct FindFolder: Statement {
    var path: [String]

    static let sql = """
        WITH RECURSIVE trail AS (
            SELECT id, kind, 0 AS depth FROM item WHERE parent_id IS NULL
            UNION ALL
            SELECT child.id, child.kind, trail.depth + 1
            FROM trail JOIN item AS child
                ON child.parent_id = trail.id AND child.name = ($1::text[])[trail.depth + 1]
        )
        SELECT id FROM trail WHERE depth = cardinality($1::text[]) AND kind IN ('Folder', 'Plone Site')
        """

    var parameters: [any SQLEncodable] { [path] }

    static func decode(_ row: Row) throws -> UUID { try row["id"] }
}
