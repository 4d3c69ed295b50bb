package import Foundation
package import Postgres

/// Reads jobs for pages, answers and commands; takes no lock.
package struct JobReader: Sendable {
    let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The job of an upload; nil before its last byte.
    package func job(of upload: UUID) async throws -> JobStatus? {
        try await pool.first(JobOfUpload(upload: upload))
    }

    package func find(_ id: Int64) async throws -> JobRecord? {
        try await pool.first(FindJob(id: id))
    }

    /// All attempts at a job, the first one first, and what was done to it by hand.
    package func past(of id: Int64) async throws -> (attempts: [JobAttempt], actions: [AuditEntry]) {
        (try await pool.query(ListAttempts(job: id)), try await pool.query(AuditOfJob(job: id)))
    }

    package func figures() async throws -> JobFigures {
        guard var figures = try await pool.first(ReadFigures()) else {
            throw PostgresError(.decoding, "the table job_tally is empty; it must have one row")
        }
        figures.pausedFolders = try await pool.query(PausedFolders()).map { "/" + $0.joined(separator: "/") }
        return figures
    }

    /// The last minutes in which something was done, oldest first.
    package func minutes(_ count: Int) async throws -> [MinuteOfWork] {
        try await pool.query(ReadMinutes(minutes: count))
    }

    package func workers() async throws -> [WorkerRecord] {
        try await pool.query(ListWorkers())
    }

    /// Actions by hand, newest first.
    package func audit(before: Int64?, limit: Int) async throws -> [AuditEntry] {
        try await pool.query(ListAudit(before: before, limit: limit))
    }
}

/// A page of a list, and how much there is in all.
package struct JobList: Sendable {
    /// Newest first.
    package var jobs: [JobRecord]
    package var total: Int
    /// False: there are more than `total`, and nobody counted them.
    package var isTotalExact: Bool
    /// There are older jobs behind this page.
    package var hasOlder: Bool
    /// There are newer ones before it.
    package var hasNewer: Bool
}

extension JobReader {
    /// How far a filter's matches are counted.
    package static let mostCounted = 10_000

    /// Throws a `JobFilter.Mistake` when the filter names a folder that does not exist.
    package func list(_ query: JobQuery) async throws -> JobList {
        let folder = try await folder(of: query.filter)
        let page = query.page
        var selection = JobSelection(
            filter: query.filter, folder: folder, before: page.before, after: page.after,
            limit: page.start + page.size + 1)
        var jobs: [JobRecord]
        if page.after == nil {
            jobs = try await pool.query(ListJobs(selection: selection, offset: page.start))
        } else {
            jobs = try await pool.query(ListJobsUpwards(selection: selection, offset: page.start))
        }
        // One more than asked for tells whether there are more.
        let hasMore = jobs.count > page.size
        if hasMore { jobs.removeLast() }
        if page.after != nil { jobs.reverse() }
        (selection.before, selection.after) = (nil, nil)
        let count = try await count(selection)
        let isFirst = page.before == nil && page.start == 0
        return JobList(
            jobs: jobs, total: count.total, isTotalExact: count.isExact,
            hasOlder: page.after == nil ? hasMore : (page.after ?? 0) > 0,
            hasNewer: page.after == nil ? !isFirst : hasMore)
    }

    private func count(_ selection: JobSelection) async throws -> (total: Int, isExact: Bool) {
        let filter = selection.filter
        if selection.folder == nil, filter.owner == nil, filter.olderThan == nil {
            let counts = try await pool.first(ReadQueue())?.counts ?? [:]
            let states = filter.states.isEmpty ? JobState.allCases : Array(Set(filter.states))
            return (states.reduce(0) { $0 + (counts[$1] ?? 0) }, true)
        }
        var bounded = selection
        bounded.limit = Self.mostCounted + 1
        let counted = try await pool.first(CountJobs(selection: bounded)) ?? 0
        return (min(counted, Self.mostCounted), counted <= Self.mostCounted)
    }

    /// nil when the filter names none, or the root, which is over all.
    func folder(of filter: JobFilter) async throws -> UUID? {
        guard let path = filter.folder, !path.isEmpty else { return nil }
        return try await folder(at: path)
    }

    func folder(at path: [String]) async throws -> UUID {
        if let id = try await pool.first(FindFolder(path: path)) { return id }
        throw JobFilter.Mistake("there is no folder \(JobFilter.quoted("/" + path.joined(separator: "/")))")
    }
}
