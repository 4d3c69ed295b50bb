import ArgumentParser
import Content
import Foundation
import Front
import Logging
import Monitoring
import Postgres

/// The finalizer's jobs, straight from the database.
struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the finalizer's jobs, and steer them.",
        discussion: """
            They are read from the database itself, so this works with no front node running. Exit codes: 0, 1 when a \
            job does not exist or an action was refused, 64 for a wrong option, 69 when the database is away.
            """,
        subcommands: [
            List.self, Show.self, Retry.self, Cancel.self, Watch.self, Stats.self, Pause.self,
            Resume.self,
            Workers.self,
        ], defaultSubcommand: List.self)
}

/// What every command has that reads the database.
struct ReadingOptions: ParsableArguments {
    @Flag(help: "JSON, as the API gives it.")
    var json = false

    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "General") var common: CommonOptions

    /// Runs a command on the database once its schema has been checked.
    func reading(_ body: (Database.Reading) async throws -> Void) async throws {
        try await reportingMistakes {
            let settings = try Settings(
                options: merged(database.settings, common.settings), file: common.config)
            let configuration = try Database.configuration(
                settings, label: "tussock-command", poolSize: 2)
            do {
                try await Database.short(configuration) { pool in
                    try await Database.checkSchema(pool)
                    try await body(
                        Database.Reading(pool: pool, json: JobJSON(base: settings.text("public_url") ?? "")))
                }
            } catch let mistake as JobFilter.Mistake {
                throw ValidationError(mistake.description)
            }
        }
    }

    /// Prints the value, or the lines for people.
    func show(_ value: @autoclosure () -> JSONValue, _ lines: () -> [String]) {
        say(json ? value().text : lines().joined(separator: "\n"))
    }
}

extension Database {
    /// What a command reads with.
    struct Reading: Sendable {
        let pool: PostgresPool
        let json: JobJSON

        var jobs: JobReader { JobReader(pool: pool) }
        var steering: JobSteering { JobSteering(pool: pool) }

        /// Who runs the command, for the audit log.
        var actor: Person {
            Person(name: "\(NSUserName())@\(ProcessInfo.processInfo.hostName)", via: .cli)
        }
    }
}

/// The filters of the API.
struct JobFilterOptions: ParsableArguments {
    @Option(help: "queued, running, retrying, done, dead or cancelled; several with commas.")
    var state: [String] = []

    @Option(help: "Of this folder and all below it, such as /media.")
    var folder: String?

    @Option(help: "Of this account's uploads.")
    var owner: String?

    @Option(help: "Seconds since the last byte, at least.")
    var olderThan: String?

    var parameters: [(name: String, value: String)] {
        let single = [("folder", folder), ("owner", owner), ("older_than", olderThan)]
        return state.map { (name: "state", value: $0) } + Self.given(single)
    }

    private static func given(_ parameters: [(String, String?)]) -> [(name: String, value: String)] {
        parameters.compactMap { name, value in value.map { (name: name, value: $0) } }
    }

    /// Throws a usage error that names the parameter.
    func filter() throws -> JobFilter { try query([]).filter }

    func query(_ page: [(String, String?)]) throws -> JobQuery {
        do {
            return try JobQuery(parameters + Self.given(page))
        } catch let mistake as JobFilter.Mistake {
            throw ValidationError(mistake.description)
        }
    }
}

extension Jobs {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List jobs, newest first.")

        @OptionGroup(title: "Which") var filter: JobFilterOptions

        @Option(help: "Jobs to show, up to 1000.")
        var limit = 25

        @Option(help: "Only jobs with a smaller id: the next page.")
        var before: String?

        @OptionGroup var reading: ReadingOptions

        func validate() throws {
            guard (1...JobPage.mostSize).contains(limit) else {
                throw ValidationError("--limit must be from 1 to 1000")
            }
            _ = try query()
        }

        private func query() throws -> JobQuery {
            try filter.query([("before", before), ("b_size", "\(limit)")])
        }

        func run() async throws {
            let query = try query()
            try await reading.reading { from in
                let list = try await from.jobs.list(query)
                reading.show(from.json.list(list, query)) {
                    JobTable.lines(list.jobs) + JobTable.rest(list)
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one job, its attempts and what was done to it by hand.")

        @Argument(help: "The job's id.")
        var id: Int64

        @OptionGroup var reading: ReadingOptions

        func run() async throws {
            try await reading.reading { from in
                guard let job = try await from.jobs.find(id) else {
                    Terminal.complain("there is no job \(id)")
                    throw ExitCode(1)
                }
                let past = try await from.jobs.past(of: id)
                reading.show(from.json.job(job, attempts: past.attempts, actions: past.actions)) {
                    JobTable.details(job, past.attempts, past.actions)
                }
            }
        }
    }

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the figures of the queue.")

        @OptionGroup var reading: ReadingOptions

        func run() async throws {
            try await reading.reading { from in
                let figures = try await from.jobs.figures()
                reading.show(from.json.figures(figures)) { JobTable.figures(figures) }
            }
        }
    }

    struct Workers: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the processes of the cluster, those that died in the last hour included.")

        @OptionGroup var reading: ReadingOptions

        func run() async throws {
            try await reading.reading { from in
                let workers = try await from.jobs.workers()
                reading.show(from.json.workers(workers)) { JobTable.workers(workers) }
            }
        }
    }
}
