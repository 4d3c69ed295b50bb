import Foundation
import Postgres
import TestSupport
import Testing
@testable import Content
@testable import Finalizer
@testable import Inspection
@testable import Monitoring
@testable import Uploads

/// Every statement of the program, against the real schema.
@Suite struct StatementTests {
    static let all: [any Statement.Type] = [
        // Content
        FindAccount.self, SetAccount.self, ListAccounts.self, AddAccount.self, RemoveAccount.self,
        SetPassword.self, ResolvePath.self, FindItems.self, PathOfItem.self, CountChildren.self,
        ListChildren.self, InsertFolder.self, DeleteItem.self, DigestOfBlob.self, ResolvePaths.self, PathsOfItems.self,
        // Uploads
        CheckpointUpload.self, ClaimUpload.self, CompleteUpload.self, FenceUpload.self, FindUpload.self,
        InsertUpload.self, Uploads.Notify.self, TerminateUpload.self, UnfinishedOf.self, KeepSetting.self,
        ReadSetting.self, SetLength.self, TakeTurn.self, ForgetUpload.self, CompletePart.self, InsertFinal.self,
        LockFinal.self, LockFinalsOfPart.self, LockParts.self, LockUnsettledFinals.self, PartsOfFinal.self,
        SettleFinals.self, FindUploads.self, FindOpenUploads.self, InsertWholeUpload.self, CompleteAtOnce.self,
        // Finalizer
        ClaimJobs.self, JobHeartbeat.self, EndAttempt.self, JobIsMine.self, MarkSwept.self, RescueJobs.self,
        PublishJob.self, ExpireUploads.self, UnsweptUploads.self, DeletedBlobs.self, ForgetBlobs.self,
        PruneUploads.self, KnownFiles.self, LockSweep.self, UnlockSweep.self, KeepDigests.self, AgeJobs.self,
        Lead.self, FoldTally.self, PruneHistory.self,
        // Inspection
        ExpectedUploads.self, ExpectedAgain.self, KeptBlobs.self, KeptAgain.self, ItemsOfBlob.self,
        SubjectOfUpload.self,
        // Monitoring
        JobOfUpload.self, ListJobs.self, ListJobsUpwards.self, CountJobs.self, JobIDs.self, FindJob.self,
        FindFolder.self, ListAttempts.self, ListAudit.self, AuditOfJob.self, ReadFigures.self, ReadQueue.self,
        PausedFolders.self, ReadMinutes.self, ListWorkers.self, RegisterWorker.self, ForgetWorker.self, RetryJobs.self,
        CancelJobs.self, PauseQueue.self, ResumeQueue.self, ReadMoment.self, ChangedJobs.self, ListUploads.self,
        FindUploadRecord.self, ExpireByHand.self,
    ]

    /// Those that several callers send as one.
    static let together: [any Statement.Type] = [
        Together<InsertUpload>.self, Together<InsertWholeUpload>.self, Together<ClaimUpload>.self,
        Together<CompleteUpload>.self, Together<CompleteAtOnce>.self, Together<PublishJob>.self,
    ]

    @Test func everyStatementFitsTheSchema() async throws {
        try await MigratedDatabase.with { database in
            for statement in Self.all + Self.together {
                do {
                    try await database.script("PREPARE fits AS \(statement.sql); DEALLOCATE fits")
                } catch {
                    Issue.record("\(statement): \(error)")
                }
            }
        }
    }

    /// A statement that is forgotten here is checked by nobody.
    @Test func everyStatementInTheSourcesIsInTheList() throws {
        let known = Set(Self.all.map { "\($0)" })
        var found: Set<String> = []
        for module in ["Content", "Uploads", "Finalizer", "Inspection", "Monitoring"] {
            found.formUnion(try Self.statements(in: Self.package.appending(path: "Sources/\(module)")))
        }
        #expect(found.subtracting(known) == [], "add them to StatementTests.all")
        #expect(known.subtracting(found) == [], "they are no longer in the sources")
    }

    /// Readers of events ask for what changed since a snapshot; a change without its mark is told to nobody.
    @Test func whateverChangesAJobMarksIt() {
        for statement in Self.all {
            let updates = statement.sql.ranges(of: "UPDATE job SET").count
            let marks = statement.sql.ranges(of: "changed = pg_current_xact_id()").count
            #expect(updates == marks, "\(statement)")
        }
    }

    /// Modules above must not hold statements of their own, but for the health check.
    @Test func noOtherModuleHoldsStatements() throws {
        let sources = Self.package.appending(path: "Sources")
        let others = try FileManager.default.contentsOfDirectory(atPath: sources.path)
            .filter { !["Content", "Uploads", "Finalizer", "Inspection", "Monitoring", "Postgres"].contains($0) }
        var found: Set<String> = []
        for module in others { found.formUnion(try Self.statements(in: sources.appending(path: module))) }
        #expect(found.subtracting(["Ping"]) == [])
    }

    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func statements(in folder: URL) throws -> Set<String> {
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        let declaration = /(?:struct|enum|class|extension) +([\w.]+)(?:<[^>]*>)? *: *[^{]*\b(?:Sharable)?Statement\b/
        return Set(
            try files.flatMap { file in
                try String(contentsOf: file, encoding: .utf8).matches(of: declaration)
                    .map { String($0.1.split(separator: ".").last ?? "") }
            })
    }
}
