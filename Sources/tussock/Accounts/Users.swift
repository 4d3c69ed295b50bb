import ArgumentParser
import Content
import Foundation
import Postgres

/// Accounts, straight in the database.
struct Users: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts and their roles.",
        discussion: """
            A role is held on the root and so everywhere: Manager (all), Editor, Contributor, Reader, or Monitor, \
            which sees the finalizer's jobs and nothing else. Passwords are asked for, or read from standard input; a \
            running front node takes a change within 30 s.
            """,
        subcommands: [Add.self, List.self, Remove.self, Password.self])
}

extension Role: ExpressibleByArgument {}

/// What every command on accounts has.
struct AccountOptions: ParsableArguments {
    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "General") var common: CommonOptions

    func run(_ body: (Accounts) async throws -> Void) async throws {
        try await reportingMistakes {
            let settings = try Settings(
                options: merged(database.settings, common.settings), file: common.config)
            let configuration = try Database.configuration(
                settings, label: "tussock-command", poolSize: 2)
            do {
                try await Database.short(configuration) { pool in
                    try await Database.checkSchema(pool)
                    try await body(Accounts(pool: pool))
                }
            } catch let mistake as BadRequest {
                throw ValidationError(mistake.message)
            }
        }
    }
}

struct PasswordOptions: ParsableArguments {
    @Flag(
        help: "Read the password from the first line of standard input, without asking for it twice.")
    var passwordStdin = false

    /// Throws a usage error if nothing was given or the two differ.
    func read() throws -> String {
        guard
            let password = passwordStdin
                ? readLine(strippingNewline: true) : Terminal.secret("Password: "),
            !password.isEmpty
        else { throw ValidationError("a password is needed") }
        guard passwordStdin || Terminal.secret("Again: ") == password else {
            throw ValidationError("the two passwords differ")
        }
        return password
    }
}

extension Users {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account.")

        @Argument(help: "Its name.")
        var name: String

        @Option(help: "Manager, Editor, Contributor, Reader or Monitor. (default: none)")
        var role: Role?

        @OptionGroup var password: PasswordOptions
        @OptionGroup var options: AccountOptions

        func run() async throws {
            let password = try password.read()
            try await options.run { accounts in
                guard try await accounts.add(name, password: password, role: role) else {
                    Terminal.complain("there is an account \(Table.plain(name)) already")
                    throw ExitCode(1)
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the accounts.")

        @Flag(help: "JSON.")
        var json = false

        @OptionGroup var options: AccountOptions

        func run() async throws {
            try await options.run { accounts in
                let all = try await accounts.list()
                if json {
                    let items = all.map { account -> JSONValue in
                        ["name": .string(account.name), "role": .optional(account.role?.rawValue)]
                    }
                    return say(JSONValue.array(items).text)
                }
                var table = Table(.init("NAME", isFlexible: true), .init("ROLE"))
                for account in all { table.add(account.name, account.role?.rawValue ?? "-") }
                say(table.lines(width: Terminal.width).joined(separator: "\n"))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an account; what it has uploaded stays.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var options: AccountOptions

        func run() async throws {
            try await options.run { accounts in
                guard try await accounts.remove(name) else { throw unknown(name) }
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set an account's password.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var password: PasswordOptions
        @OptionGroup var options: AccountOptions

        func run() async throws {
            let password = try password.read()
            try await options.run { accounts in
                guard try await accounts.setPassword(password, of: name) else { throw unknown(name) }
            }
        }
    }
}

private func unknown(_ name: String) -> ExitCode {
    Terminal.complain("there is no account \(Table.plain(name))")
    return ExitCode(1)
}
