import Foundation
package import Postgres

/// Who does something by hand, for the audit log.
package struct Person: Sendable {
    /// An account, or `user@host` of a command.
    package var name: String
    package var via: Via

    package enum Via: String, Sendable, SQLEncodable {
        case api, cli
    }

    package init(name: String, via: Via) {
        self.name = name
        self.via = via
    }
}

/// What may be done to a job by hand.
package enum JobAction: String, Sendable, CaseIterable {
    case retry, cancel

    /// The states in which it can be done.
    package var states: [JobState] {
        switch self {
        case .retry: [.dead, .cancelled, .retrying]
        case .cancel: [.queued, .running, .retrying]
        }
    }
}

/// What became of one job of those that were asked for.
package struct SteeringResult: Sendable, Equatable {
    package var id: Int64
    /// nil: done; else why not.
    package var refusal: String?

    package init(id: Int64, refusal: String? = nil) {
        self.id = id
        self.refusal = refusal
    }
}

/// What an action on many jobs came to.
package struct BulkResult: Sendable {
    /// Nothing was done.
    package var isDry: Bool
    /// Jobs that the filter lets through and that are in a state for the action; up to `JobSteering.mostAtOnce`.
    package var matched: Int
    /// There are more; the same request again goes on with them.
    package var hasMore: Bool
    /// Done; 0 for a dry run.
    package var changed: Int
    /// Why not, of those that changed their state meanwhile, or whose bytes or item are gone.
    package var refused: [SteeringResult]
    /// The first of those that match.
    package var sample: [Int64]
}

/// Retries, cancels and pauses by hand. Every action is one statement with its entry in the audit log, and every
/// worker hears of it at once; a worker whose job was cancelled finds no row with its next write, so nothing of it
/// becomes visible.
package struct JobSteering: Sendable {
    /// Jobs that one action on many takes at most.
    package static let mostAtOnce = 10_000
    /// Jobs in one statement.
    private static let batch = 500

    private let reader: JobReader
    private var pool: PostgresPool { reader.pool }

    package init(pool: PostgresPool) {
        reader = JobReader(pool: pool)
    }

    /// One result for each job that exists, in the order of their ids.
    package func perform(_ action: JobAction, on ids: [Int64], by actor: Person) async throws
        -> [SteeringResult]
    {
        var results: [SteeringResult] = []
        for start in stride(from: 0, to: ids.count, by: Self.batch) {
            let some = Array(ids[start..<min(start + Self.batch, ids.count)])
            switch action {
            case .retry: results += try await repeating(RetryJobs(ids: some, actor: actor))
            case .cancel: results += try await repeating(CancelJobs(ids: some, actor: actor))
            }
        }
        return results
    }

    /// Jobs are locked before their uploads; where a final upload is settled, the other way round. One of the two gives
    /// way, and begins again.
    private func repeating<S: Statement>(_ statement: S) async throws -> [S.Output] {
        while true {
            do {
                return try await pool.query(statement)
            } catch let error as PostgresError where error.sqlState == "40P01" {
                try Task.checkCancellation()
            }
        }
    }

    /// The jobs of these ids, or what that would be; those that do not exist are among the refused.
    package func perform(
        _ action: JobAction, onAll ids: [Int64], dryRun: Bool, by actor: Person
    ) async throws -> BulkResult {
        let asked = Array(Set(ids)).sorted()
        let results = dryRun ? [] : try await perform(action, on: asked, by: actor)
        let missing = dryRun ? [] : Set(asked).subtracting(results.map(\.id)).sorted()
        return BulkResult(
            isDry: dryRun, matched: asked.count, hasMore: false,
            changed: results.count { $0.refusal == nil },
            refused: results.filter { $0.refusal != nil }
                + missing.map { SteeringResult(id: $0, refusal: "there is no such job") },
            sample: Array(asked.prefix(25)))
    }

    /// All jobs that the filter lets through, or what that would be. Throws a `JobFilter.Mistake` when the filter says
    /// nothing, names a state in which the action cannot be, or a folder that does not exist.
    package func perform(
        _ action: JobAction, where filter: JobFilter, dryRun: Bool, by actor: Person
    ) async throws -> BulkResult {
        guard !filter.isEmpty else {
            throw JobFilter.Mistake("an action on many needs one of: \(JobFilter.list(JobFilter.names))")
        }
        let able = action.states
        for state in filter.states where !able.contains(state) {
            throw JobFilter.Mistake(
                "state is \(state.rawValue); to \(action.rawValue) a job it must be one of: "
                    + JobFilter.list(able.map(\.rawValue)))
        }
        var filter = filter
        if filter.states.isEmpty { filter.states = able }
        let selection = JobSelection(
            filter: filter, folder: try await reader.folder(of: filter), limit: Self.mostAtOnce + 1)
        var ids = try await pool.query(JobIDs(selection: selection))
        let hasMore = ids.count > Self.mostAtOnce
        if hasMore { ids.removeLast() }
        let results = dryRun ? [] : try await perform(action, on: ids, by: actor)
        return BulkResult(
            isDry: dryRun, matched: ids.count, hasMore: hasMore,
            changed: results.count { $0.refusal == nil },
            refused: results.filter { $0.refusal != nil }, sample: Array(ids.prefix(25)))
    }

    /// From now on no worker takes a job of the folder and what is below it (nil or the root: any job); running ones
    /// go on. False if it is paused already.
    package func pause(_ path: [String]?, by actor: Person) async throws -> Bool {
        let folder = try await reader.folder(of: JobFilter(folder: path))
        return try await pool.first(PauseQueue(folder: folder, path: Self.text(path), actor: actor))
            != nil
    }

    /// Ends a pause of exactly this folder, or of the whole queue. False if it is not paused.
    package func resume(_ path: [String]?, by actor: Person) async throws -> Bool {
        let folder = try await reader.folder(of: JobFilter(folder: path))
        return try await pool.first(ResumeQueue(folder: folder, path: Self.text(path), actor: actor))
            != nil
    }

    private static func text(_ path: [String]?) -> String? {
        path.flatMap { $0.isEmpty ? nil : "/" + $0.joined(separator: "/") }
    }
}
