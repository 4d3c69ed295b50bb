import Foundation
import Postgres
import TestSupport
import Testing
@testable import Content
@testable import Finalizer
@testable import Inspection
@testable import Monitoring
@testable import Uploads

/// The planner's choice for tables that have grown, without knowing the parameters: as it is for a prepared statement.
@Suite struct PlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var statement: any Statement.Type
        /// Indexes that must be used.
        var indexes: [String]
        var testDescription: String { "\(statement)" }

        init(_ statement: any Statement.Type, _ indexes: String...) {
            self.statement = statement
            self.indexes = indexes
        }
    }

    static let cases = [
        Case(Together<ClaimUpload>.self, "upload_pkey"),
        Case(Together<CompleteUpload>.self, "upload_pkey", "item_name_is_unique_in_its_folder"),
        Case(Together<CompleteAtOnce>.self, "upload_pkey", "item_name_is_unique_in_its_folder"),
        Case(Together<InsertWholeUpload>.self, "item_name_is_unique_in_its_folder"),
        Case(Together<PublishJob>.self, "job_pkey", "upload_pkey", "item_pkey"),
        Case(FindUploads.self, "upload_pkey", "item_pkey"), Case(FindOpenUploads.self, "upload_pkey"),
        Case(ResolvePaths.self, "item_name_is_unique_in_its_folder", "item_pkey"),
        Case(PathsOfItems.self, "item_pkey"), Case(InsertWholeUpload.self, "item_name_is_unique_in_its_folder"),
        Case(FindUpload.self, "upload_pkey", "item_pkey"), Case(ClaimUpload.self, "upload_pkey"),
        Case(InsertUpload.self, "item_pkey"), Case(Together<InsertUpload>.self, "item_pkey"),
        Case(CheckpointUpload.self, "upload_pkey"), Case(SetLength.self, "upload_pkey"),
        Case(FenceUpload.self, "upload_pkey"),
        Case(TerminateUpload.self, "upload_pkey"), Case(ForgetUpload.self, "upload_pkey"),
        Case(KeepDigests.self, "(id = $1)", "upload_pkey"), Case(DigestOfBlob.self, "blob_pkey"),
        Case(TakeTurn.self, "upload_pkey"),
        Case(CompleteUpload.self, "upload_pkey", "item_name_is_unique_in_its_folder"),
        Case(UnfinishedOf.self, "upload_unfinished", "upload_part_used"),
        Case(CompletePart.self, "upload_pkey"), Case(InsertFinal.self, "item_name_is_unique_in_its_folder"),
        Case(LockParts.self, "upload_pkey"), Case(PartsOfFinal.self, "upload_part_pkey", "upload_pkey"),
        Case(LockFinal.self, "upload_pkey"), Case(LockFinalsOfPart.self, "upload_part_used", "upload_pkey"),
        Case(LockUnsettledFinals.self, "job_waiting", "upload_part_pkey", "upload_pkey"),
        Case(SettleFinals.self, "upload_part_pkey", "upload_pkey", "job_is_one_an_upload"),
        Case(FindItems.self, "item_pkey"), Case(ResolvePath.self, "item_name_is_unique_in_its_folder"),
        Case(PathOfItem.self, "item_pkey"), Case(ListChildren.self, "item_listing"), Case(CountChildren.self),
        Case(DeleteItem.self, "item_pkey", "upload_folder"),
        Case(ClaimJobs.self, "job_ready"), Case(JobHeartbeat.self, "(id = $1)"), Case(JobIsMine.self, "(id = $1)"),
        Case(PublishJob.self, "job_pkey", "upload_pkey", "item_pkey"), Case(EndAttempt.self, "(id = $1)"),
        Case(RescueJobs.self, "job_leased"), Case(JobOfUpload.self, "job_is_one_an_upload"),
        Case(ExpireUploads.self, "upload_expiry"), Case(UnsweptUploads.self, "upload_unswept", "upload_part_used"),
        Case(DeletedBlobs.self, "blob_deleted"), Case(ForgetBlobs.self),
        Case(MarkSwept.self, "upload_pkey"), Case(PruneUploads.self, "upload_removed"),
        Case(KnownFiles.self, "upload_pkey", "blob_pkey"),
        Case(ExpectedUploads.self, "(id > $1)", "upload_pkey"), Case(ExpectedAgain.self, "upload_pkey"),
        Case(KeptBlobs.self, "(id > $1)", "blob_pkey", "item_blob"), Case(KeptAgain.self, "blob_pkey", "item_blob"),
        Case(ItemsOfBlob.self, "item_blob", "item_pkey"), Case(SubjectOfUpload.self, "upload_pkey", "item_pkey"),
        Case(AgeJobs.self, "job_ready"), Case(FoldTally.self, "job_done"),
        Case(PruneHistory.self, "job_audit_at"),
        Case(RetryJobs.self, "job_pkey", "upload_pkey", "item_pkey"),
        Case(CancelJobs.self, "job_pkey", "upload_pkey"),
        Case(ChangedJobs.self, "job_changed"), Case(ListUploads.self, "upload_expiry"),
        Case(FindUploadRecord.self, "upload_pkey", "job_is_one_an_upload"),
        Case(ExpireByHand.self, "upload_pkey"),
        Case(
            ListJobs.self, "job_state", "job_owner", "job_folder", "job_owner_folder", "job_pkey", "job_created",
            "upload_pkey"),
        Case(
            ListJobsUpwards.self, "job_state", "job_owner", "job_folder", "job_owner_folder", "job_pkey", "job_created",
            "upload_pkey"),
        Case(CountJobs.self, "job_state", "job_owner", "job_folder", "job_owner_folder", "job_pkey"),
        Case(JobIDs.self, "job_state", "job_owner", "job_folder", "job_owner_folder", "job_pkey"),
        Case(FindJob.self, "job_pkey", "upload_pkey"), Case(FindFolder.self, "item_name_is_unique_in_its_folder"),
        Case(ListAttempts.self, "job_attempt_pkey"), Case(ReadFigures.self, "job_done", "job_state"),
        Case(ReadQueue.self, "job_done", "job_state"),
        Case(ReadMinutes.self, "job_done"), Case(ListAudit.self, "job_audit_pkey"),
        Case(AuditOfJob.self, "job_audit_job"), Case(ListWorkers.self), Case(PausedFolders.self, "item_pkey"),
    ]

    @Test func noStatementReadsAWholeTable() async throws {
        try await MigratedDatabase.with(poolSize: 1) { database in
            try await Self.fill(database)
            for test in Self.cases {
                let plan = try await Self.plan(of: test.statement, database)
                // How wide a tree is, nobody knows before: `DeleteItem` may walk down it either way.
                let isWhole = plan.contains(
                    /Seq Scan on (upload|upload_part|item|job|blob|job_attempt|job_audit)\b(?! child )/)
                let missing = test.indexes.filter { !plan.contains($0) }
                #expect(!isWhole && missing == [], "\(test.statement):\n\(plan)")
            }
        }
    }

    /// Plans are made when nothing is to be done, and stay when a day's jobs wait: none may read all that are queued,
    /// or all that others are busy with.
    @Test(arguments: [Case(ClaimJobs.self), Case(PublishJob.self), Case(Together<PublishJob>.self)])
    func figuresOfAnIdleSiteDoNotMislead(test: Case) async throws {
        try await MigratedDatabase.with(poolSize: 1) { database in
            try await Self.fill(database)
            try await database.script(
                "UPDATE job SET state = 'done', lease_until = NULL, finished_at = queued_at; ANALYZE job")
            let plan = try await Self.plan(of: test.statement, database)
            #expect(!plan.contains("Index Cond: (state = "), "\(plan)")
        }
    }

    private static func plan(of statement: any Statement.Type, _ database: MigratedDatabase) async throws -> String {
        // One connection in the pool, so the session is the same.
        try await database.script(
            "DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan; PREPARE asked AS \(statement.sql)")
        let count =
            try await database.value(
                "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'"
            ).flatMap(Int.init) ?? 0
        let values = count == 0 ? "" : "(" + [String](repeating: "NULL", count: count).joined(separator: ", ") + ")"
        return try await database.texts("EXPLAIN EXECUTE asked\(values)").compactMap(\.self)
            .joined(separator: "\n") + "\n"
    }

    /// Some thousand rows of every table, in the proportions of a busy site: nearly all is long done.
    private static func fill(_ database: MigratedDatabase) async throws {
        try await database.script(
            """
            INSERT INTO item (id, parent_id, name, kind, state, owner)
            SELECT md5('folder' || n)::uuid, '00000000-0000-0000-0000-000000000000', 'folder-' || n, 'Folder',
                'published', 'ann' FROM generate_series(1, 100) AS n;
            INSERT INTO blob (id, length, deleted_at)
            SELECT md5('upload' || n)::uuid, 1, CASE WHEN n <= 20 THEN now() END FROM generate_series(1, 8000) AS n;
            INSERT INTO item (id, parent_id, name, kind, state, owner, filename, content_type, size, blob_id, upload_id)
            SELECT md5('item' || n)::uuid, md5('folder' || n % 100 + 1)::uuid, 'file-' || n, 'File', 'published', 'ann',
                'a', 'text/plain', 1, md5('upload' || n)::uuid, md5('upload' || n)::uuid
            FROM generate_series(21, 8000) AS n;
            INSERT INTO upload (id, folder_id, owner, state, length, "offset", filename, content_type, kind, item_id,
                expire_seconds, expires_at, removed_at, swept_at, chunk_fences, chunk_starts)
            SELECT md5('upload' || n)::uuid, md5('folder' || n % 100 + 1)::uuid, 'user-' || n % 50,
                CASE WHEN n <= 100 THEN 'open' WHEN n <= 200 THEN 'complete' ELSE 'finalized' END, 1,
                CASE WHEN n <= 100 THEN 0 ELSE 1 END, 'a', 'text/plain', 'File', md5('item' || n)::uuid, 3600,
                now() + n * interval '1 second',
                CASE WHEN n > 7000 THEN now() - interval '1 day' END, CASE WHEN n > 250 THEN now() END, '{1}', '{0}'
            FROM generate_series(1, 8000) AS n;
            INSERT INTO job
                (upload_id, owner, folder_id, created_at, queued_at, state, bytes_total, worker, lease_until,
                finished_at)
            SELECT md5('upload' || n)::uuid, 'user-' || n % 50, md5('folder' || n % 100 + 1)::uuid,
                now() - (8000 - n) * interval '1 minute', now() - (8000 - n) * interval '1 minute',
                CASE WHEN n <= 150 THEN 'queued' WHEN n <= 200 THEN 'running' ELSE 'done' END, 1, 'w',
                CASE WHEN n BETWEEN 151 AND 200 THEN now() END,
                CASE WHEN n > 200 THEN now() - (8000 - n) * interval '1 minute' END
            FROM generate_series(101, 8000) AS n;
            INSERT INTO job_audit (actor, via, action, job_id, result)
            SELECT 'ann', 'api', 'retry', id, 'done' FROM job;
            INSERT INTO upload (id, folder_id, owner, state, concat, length, "offset", filename, content_type, kind,
                item_id, expire_seconds, expires_at, removed_at, swept_at)
            SELECT md5('final' || n)::uuid, md5('folder' || n % 100 + 1)::uuid, 'user-' || n % 50,
                CASE WHEN n <= 50 THEN 'complete' ELSE 'finalized' END, 'final;/x', CASE WHEN n > 10 THEN 10 END,
                CASE WHEN n > 10 THEN 10 ELSE 0 END, 'a', 'text/plain', 'File', md5('item' || n)::uuid, 3600,
                now() + n * interval '1 second', CASE WHEN n > 100 THEN now() END, now()
            FROM generate_series(1, 1000) AS n;
            INSERT INTO upload (id, folder_id, owner, state, concat, length, "offset", filename, content_type, kind,
                expire_seconds, expires_at, removed_at, swept_at, chunk_fences, chunk_starts)
            SELECT md5('part' || n)::uuid, md5('folder' || n % 100 + 1)::uuid, 'user-' || n % 50, 'complete', 'partial',
                1, 1, 'a', 'text/plain', 'File', 3600,
                now() + n * interval '1 second', CASE WHEN n > 200 THEN now() END,
                CASE WHEN n > 300 THEN now() END, '{1}', '{0}'
            FROM generate_series(1, 8000) AS n;
            INSERT INTO upload_part (upload_id, position, part_id)
            SELECT md5('final' || (n - 1) / 8 + 1)::uuid, (n - 1) % 8 + 1, md5('part' || n)::uuid
            FROM generate_series(1, 8000) AS n;
            INSERT INTO job (upload_id, state, bytes_total, waits, waiting_for)
            SELECT md5('final' || n)::uuid, 'queued', 0, true, 'parts' FROM generate_series(1, 10) AS n;
            INSERT INTO job_attempt (job_id, attempt, worker, ended_at, result)
            SELECT id, 1, 'w', now(), 'done' FROM job;
            """)
        try await database.script("VACUUM ANALYZE")
    }
}
