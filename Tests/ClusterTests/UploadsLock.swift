import TestSupport

extension Cluster {
    /// Runs `body` while every statement that wants the table of uploads waits.
    func withUploadsLocked<Result>(_ body: () async throws -> Result) async throws -> Result {
        let session = "SELECT pg_sleep(600)"
        async let lock = sql("BEGIN; LOCK TABLE upload IN ACCESS EXCLUSIVE MODE; \(session)")
        try await eventually("the lock") { try await value(Self.locks("granted")) == "1" }
        let result = try await body()
        try await sql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE query LIKE '%\(session)' AND datname = current_database()
            """)
        // psql says that its session was ended.
        _ = try? await lock
        return result
    }

    /// Waits until a statement has waited for the table for longer than `milliseconds`.
    func someoneWantsUploads(for milliseconds: Int = 0) async throws {
        let condition = "NOT granted AND waitstart < clock_timestamp() - interval '\(milliseconds) ms'"
        try await eventually("a statement that waits") { try await value(Self.locks(condition)) != "0" }
    }

    private static func locks(_ condition: String) -> String {
        """
        SELECT count(*) FROM pg_locks WHERE relation = 'upload'::regclass AND \(condition)
            AND (NOT granted OR mode = 'AccessExclusiveLock')
        """
    }
}
