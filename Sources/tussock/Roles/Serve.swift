import ArgumentParser
import Content
import Front
import Monitoring

/// One front node.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one front node.",
        discussion: "It needs a database and the shared volume, nothing else; any number may run.")

    @Option(help: "Address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "Port to listen on. (default: 8080)")
    var port: String?

    @OptionGroup(title: "Uploads") var upload: UploadOptions
    @OptionGroup(title: "Database") var database: DatabaseOptions
    @OptionGroup(title: "Volume") var volume: VolumeOptions
    @OptionGroup(title: "Operations") var operations: OperationsOptions
    @OptionGroup(title: "General") var common: CommonOptions
    @Flag(help: .private) var endWithParent = false

    func run() async throws {
        try await reportingMistakes {
            let settings = try Settings(
                options: merged(
                    ["host": host, "port": port], upload.settings, database.settings, volume.settings,
                    operations.settings, common.settings), file: common.config)
            let front = try FrontSettings(settings)
            let backbone = try await Backbone.open(settings, role: "front", poolSize: 16)
            try Port.check(host: front.host, port: front.port)
            try await backbone.run(
                [try Operations(backbone).service].compactMap { $0 } + [backbone.registration("front")]
                    + FrontServer.services(backbone.frontNode(front)) { say("listening on \(front.host):\($0)") },
                endWithParent: endWithParent)
        }
    }
}

extension Backbone {
    func frontNode(_ front: FrontSettings) -> FrontNode {
        FrontNode(
            settings: front, uploads: uploads, handover: handover, content: ContentStore(pool: pool),
            authenticator: Authenticator(accounts: Accounts(pool: pool)), jobs: JobReader(pool: pool), volume: volume,
            files: files, finalizations: FinalizationNews(listener: listener), logger: logger)
    }
}

extension FrontSettings {
    init(_ settings: Settings) throws {
        self.init()
        host = settings.text("host") ?? host
        port = try settings.integer("port", in: 0...65_535) ?? port
        publicURL = try settings.text("public_url").map(Self.checked)
        maxSize = try settings.integer("max_size", in: 1...Int64.max)
        expireAfter = try settings.integer("expire_after", in: 1...Int(Int32.max)) ?? expireAfter
        finalizeWait = try settings.integer("finalize_wait", in: 0...3600) ?? finalizeWait
        idleTimeout = try settings.integer("idle_timeout", in: 1...86_400) ?? idleTimeout
        minFreeBytes = try settings.integer("min_free_bytes", in: 0...Int64.max) ?? minFreeBytes
        quotaBytes = try settings.integer("quota_bytes", in: 0...Int64.max)
        quotaUploads = try settings.integer("quota_uploads", in: 0...Int.max)
    }

    private static func checked(_ url: String) throws -> String {
        let isWeb = url.hasPrefix("https://") || url.hasPrefix("http://")
        let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isWeb, isPlain, !url.contains("?"), !url.contains("#") else {
            throw Settings.Mistake(
                description:
                    "--public-url (TUSSOCK_PUBLIC_URL) is \"\(url)\"; it must be like https://files.example.org")
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}
