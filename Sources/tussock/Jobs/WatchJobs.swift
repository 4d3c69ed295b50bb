import ArgumentParser
import Content
import Foundation
import Front
import Monitoring
import Postgres

#if canImport(Glibc)
    import Glibc
#endif

extension Jobs {
    /// On a terminal a picture that is drawn anew; else a line for each change.
    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Watch the queue live, until Ctrl-C.",
            discussion:
                "Without a terminal: a line for each job that changes, or with --json its JSON on one line."
        )

        @Flag(help: "End when no job is queued, running or retrying.")
        var untilIdle = false

        @OptionGroup var reading: ReadingOptions

        private static let pace: Duration = .seconds(1)

        func run() async throws {
            try await reading.reading { from in
                if Terminal.isOutput, !reading.json { try await draw(from) } else { try await tell(from) }
            }
        }

        private func isIdle(_ figures: JobFigures) -> Bool {
            [JobState.queued, .running, .retrying].allSatisfy { figures.counts[$0] == 0 }
        }

        // MARK: On a terminal

        private func draw(_ from: Database.Reading) async throws {
            while true {
                let figures = try await from.jobs.figures()
                let size = Terminal.size ?? (80, 24)
                // From the top left corner, each line to its end, then what is below.
                let lines = try await picture(figures, from, size.rows - 1).prefix(size.rows - 1)
                let cut = lines.map { String($0.prefix(size.columns)) + "\u{1B}[K" }
                FileHandle.standardOutput.write(
                    Data(("\u{1B}[H" + cut.joined(separator: "\r\n") + "\u{1B}[J").utf8))
                if untilIdle, isIdle(figures) { return say("") }
                try await Task.sleep(for: Self.pace)
            }
        }

        private func picture(_ figures: JobFigures, _ from: Database.Reading, _ rows: Int) async throws
            -> [String]
        {
            let running = try await from.jobs.list(
                try JobQuery([("state", "running"), ("b_size", "\(max(1, rows / 2))")]))
            let others = try await from.jobs.list(try JobQuery([("b_size", "\(max(1, rows))")]))
            let bars = running.jobs.map { job in
                "\(Shown.bar(job.bytesDone, of: job.bytesTotal)) \(job.id) \(Table.plain(JobTable.path(job))) "
                    + Table.plain(JobTable.news(job))
            }
            return JobTable.figures(figures) + [""] + bars + (bars.isEmpty ? [] : [""])
                + JobTable.lines(others.jobs)
        }

        // MARK: Lines

        private func tell(_ from: Database.Reading) async throws {
            var moment = try await from.jobs.moment()
            let alive = try await from.jobs.list(
                try JobQuery([("state", "queued,running,retrying"), ("b_size", "\(JobPage.mostSize)")]))
            for job in alive.jobs.reversed() { tell(job, from) }
            while true {
                // Before the changes, so that the last ones are told.
                let figures = try await from.jobs.figures()
                let changes = try await from.jobs.changes(since: moment)
                if changes.isTooMuch {
                    Terminal.complain("more than \(JobReader.mostChanges) jobs changed at once")
                }
                for job in changes.jobs { tell(job, from) }
                moment = changes.now
                if untilIdle, isIdle(figures) { return }
                try await Task.sleep(for: Self.pace)
            }
        }

        private func tell(_ job: JobRecord, _ from: Database.Reading) {
            guard !reading.json else { return say(from.json.job(job).line) }
            let words = [
                Date().ISO8601Format(), "\(job.id)", job.state.rawValue,
                "\(job.bytesDone)/\(job.bytesTotal)", JobTable.path(job), JobTable.news(job),
            ]
            say(Table.plain(words.filter { !$0.isEmpty }.joined(separator: " ")))
        }
    }
}
