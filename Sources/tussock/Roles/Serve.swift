import ArgumentParser
import Content
import Front
import Monitoring
import Uploads

/// One front node.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one front node.",
        discussion: "It needs a database and the shared volume, nothing else; any number may run.")

    @Option(help: "Address to listen on. (default: 127.0.0.1)")
    var host: String?

    @Option(help: "Port to listen on. (default: 8080)")
    var port: String?

    @OptionGroup(title: "TLS") var tls: TLSOptions
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
                    ["host": host, "port": port], tls.settings, upload.settings, database.settings, volume.settings,
                    operations.settings, common.settings), file: common.config)
            let front = try FrontSettings(settings)
            let certificate = try settings.certificate()
            let backbone = try await Backbone.open(settings, role: "front", poolSize: 16)
            try Port.check(host: front.host, port: front.port)
            try await backbone.run(
                [try Operations(backbone, certificate: certificate).service].compactMap { $0 } + [
                    backbone.registration("front")
                ]
                    + FrontServer.services(backbone.frontNode(front), certificate: certificate) {
                        say("listening on \(front.host):\($0)")
                    },
                endWithParent: endWithParent)
        }
    }
}

extension Backbone {
    func frontNode(_ front: FrontSettings) -> FrontNode {
        var uploads = uploads
        uploads.maximumSize = front.maxSize
        return FrontNode(
            settings: front, uploads: uploads, handover: handover, content: ContentStore(pool: pool),
            authenticator: Authenticator(accounts: Accounts(pool: pool)), jobs: JobReader(pool: pool),
            steering: JobSteering(pool: pool), volume: volume,
            files: files, finalizations: FinalizationNews(listener: listener), logger: logger)
    }
}

extension FrontSettings {
    init(_ settings: Settings) throws {
        self.init()
        host = settings.text("host") ?? host
        port = try settings.integer("port", in: 0...65_535) ?? port
        publicURL = try settings.value("public_url", PublicBase.init(parsing:))
        trustedProxies = try settings.value("trusted_proxies", TrustedProxies.init(parsing:)) ?? trustedProxies
        crossOrigin = try settings.value("cors_origins", AllowedOrigins.init(parsing:)).map(CrossOrigin.init)
        maxSize = try settings.integer("max_size", in: 1...Int64.max)
        maxAppendSize = try settings.integer("max_append_size", in: 1...Int64.max)
        expireAfter = try settings.integer("expire_after", in: 1...Int(Int32.max)) ?? expireAfter
        finalizeWait = try settings.integer("finalize_wait", in: 0...3600) ?? finalizeWait
        idleTimeout = try settings.integer("idle_timeout", in: 1...86_400) ?? idleTimeout
        minFreeBytes = try settings.integer("min_free_bytes", in: 0...Int64.max) ?? minFreeBytes
        quotaBytes = try settings.integer("quota_bytes", in: 0...Int64.max)
        quotaUploads = try settings.integer("quota_uploads", in: 0...Int.max)
    }
}
