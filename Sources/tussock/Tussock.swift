import ArgumentParser

@main
struct Tussock: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tussock",
        abstract: "Resumable uploads for deployments that outgrew one machine.",
        discussion: """
            Every option is also an environment variable (--max-size is TUSSOCK_MAX_SIZE) and a key of the file that \
            --config names (max_size); the option wins, then the environment, then the file.
            """,
        version: version,
        subcommands: [
            Up.self, Serve.self, Finalize.self, Migrate.self, Jobs.self, Uploads.self, Users.self, Health.self,
        ])
}
