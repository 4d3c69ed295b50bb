import ArgumentParser
import Chunks
import Content
import Finalizer
import Foundation
import Inspection
import Logging
import Postgres
import Uploads

/// Holds the volume against the database.
struct Fsck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold the volume against the database, and say what is wrong and what mends it.",
        discussion: """
            Finds chunk files of unfinished uploads that are missing or shorter than what is acknowledged, files of \
            items that are missing, of another size, unreadable or damaged (where a checksum is known), items whose \
            file counts as deleted, and files that no row needs. Servers may go on meanwhile. It changes nothing, but \
            for --repair.

            Exit codes: 0 nothing is wrong, 1 something is, 64 for a wrong option, 69 when the database or the volume \
            is away, 78 for a wrong setting.
            """)

    @Flag(help: "Remove orphans: files that no row needs. Nothing else is touched.")
    var repair = false

    @Flag(help: "Do not read the files of items; only look whether they are there, with their size.")
    var skipChecksums = false

    @Option(help: "A file without a row counts as an orphan when it was last written so many seconds ago.")
    var orphanAge: Int64 = 24 * 3600

    @Option(help: "Keep in this file how far the check has come, and go on from there if it was broken off before.")
    var resume: String?

    @Option(help: "Bytes to read in a second at most, such as 50M. (default: as fast as it goes)")
    var bandwidth: String?

    @Option(help: "Files to look at at the same time, 1 to 64.")
    var threads = 4

    @Flag(help: "A JSON object a line for each finding, and one with the summary at the end.")
    var json = false

    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "Volume") var volume: VolumeOptions
    @OptionGroup(title: "General") var common: CommonOptions

    func validate() throws {
        guard orphanAge >= 0 else { throw ValidationError("--orphan-age must be a number of seconds, 0 or more") }
        guard (1...64).contains(threads) else { throw ValidationError("--threads must be from 1 to 64") }
    }

    func run() async throws {
        try await reportingMistakes {
            let options = merged(database.settings, volume.settings, common.settings, ["bandwidth": bandwidth])
            let settings = try Settings(options: options, file: common.config)
            let configuration = try Database.configuration(settings, label: "tussock-fsck", poolSize: threads + 1)
            try await Database.short(configuration, poolSize: threads + 1) { pool in
                try await Database.checkSchema(pool)
                try await check(pool, settings)
            }
        }
    }

    private func check(_ pool: PostgresPool, _ settings: Settings) async throws {
        let volume = ChunkVolume(root: try settings.required("volume"))
        let report = CheckReport(json: json, volume: volume.root)
        guard let identity = try await Installation(pool: pool).madeVolume() else {
            throw Settings.Mistake(
                description: "this database has no volume yet: the first `tussock serve` makes it; is "
                    + "--database-url right?")
        }
        guard try isRight(volume, identity, report) else { throw ExitCode(1) }
        let book = CheckBook(path: resume)
        let start = try book.open(identity: identity, readsBytes: !skipChecksums)
        let files = BlockingExecutor(threads: threads, name: "tussock-fsck")
        let check = VolumeCheck(
            pool: pool, volume: volume, files: files, settings: try checkSettings(settings),
            found: report.tell
        ) { state in
            report.reached(state)
            try book.keep(state)
        }
        report.begin(start)
        let state = try await report.showingProgress(of: check) { try await run(check, from: start) }
        await files.shutdown()
        try book.close()
        report.end(state)
        if state.counts.wrong > 0 { throw ExitCode(1) }
    }

    private func run(_ check: VolumeCheck, from start: CheckState) async throws -> CheckState {
        do {
            return try await check.run(from: start)
        } catch let lost as VolumeCheck.VolumeLost {
            Terminal.complain("the volume went away while it was checked, so the check is broken off: \(lost)")
            throw ExitCode(69)
        }
    }

    private func checkSettings(_ settings: Settings) throws -> VolumeCheck.Settings {
        var check = VolumeCheck.Settings()
        check.readsBytes = !skipChecksums
        check.repairs = repair
        check.orphanSeconds = orphanAge
        check.threads = threads
        check.bandwidth = Bandwidth(bytesPerSecond: try settings.bytes("bandwidth"))
        return check
    }

    /// On a volume that is not this database's own, everything would seem to be wrong.
    private func isRight(_ volume: ChunkVolume, _ identity: String, _ report: CheckReport) throws -> Bool {
        do {
            _ = try volume.checkIdentity(expected: identity)
            return true
        } catch let error as ChunkError {
            report.tell(.wrongVolume(volume.root, error))
            report.stopped()
            return false
        }
    }
}
