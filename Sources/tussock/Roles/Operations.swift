import Chunks
import Front
import HTTPTypes
import Hummingbird
import Logging
import Monitoring
import Postgres
import ServiceLifecycle
import Uploads

/// The operations listener of every role: `/livez` says that the process turns, `/readyz` whether it can do its work,
/// `/metrics` how it does. None of them hangs when the database or the volume does.
struct Operations: Sendable {
    private let backbone: Backbone
    private let host: String
    private let port: Int
    private let database: Inquiry<Void>
    private let volume: Inquiry<Void>
    private let metrics: MetricsPage
    /// How long the database and the volume may take to answer before they count as away.
    private static let patience: Duration = .seconds(2)

    /// - Parameter certificate: of a front node with TLS.
    init(_ backbone: Backbone, certificate: ServerCertificate? = nil) throws {
        self.backbone = backbone
        host = backbone.settings.text("ops_host") ?? "127.0.0.1"
        port = try backbone.settings.integer("ops_port", in: 0...65_535) ?? 9090
        try Port.check(host: host, port: port, prefix: "ops-")
        database = Inquiry(memory: .zero, patience: Self.patience) { [pool = backbone.pool] in
            _ = try await pool.first(Ping())
        }
        volume = Inquiry(memory: .zero, patience: Self.patience) { [backbone] in
            try await backbone.files.run { [volume = backbone.volume, identity = backbone.identity] in
                _ = try volume.checkIdentity(expected: identity)
                try volume.probe()
            }
        }
        metrics = MetricsPage(backbone, certificate: certificate, patience: Self.patience)
    }

    /// nil when it is off.
    var service: (any Service)? {
        guard port != 0 else { return nil }
        let router = Router()
        router.get("/livez") { _, _ in logged("/livez", Self.text("ok\n")) }
        router.get("/readyz") { _, _ in logged("/readyz", await readiness()) }
        router.get("/metrics") { _, _ in
            logged("/metrics", Self.text(await metrics.text(), type: Exposition.contentType))
        }
        var logger = backbone.logger
        logger.logLevel = max(logger.logLevel, .warning)
        return Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)), logger: logger)
    }

    /// They come every few seconds for ever, so they are no news.
    private func logged(_ path: String, _ response: Response) -> Response {
        backbone.logger.debug(
            "operations request", metadata: ["path": "\(path)", "status": .stringConvertible(response.status.code)])
        return response
    }

    /// 200, or 503 with a line for each thing that is missing.
    func readiness() async -> Response {
        async let database = problem("database", database)
        async let volume = problem("volume", volume)
        let stopping = backbone.handover.writers.isDraining ? "shutting down" : nil
        let problems = [await database, await volume, stopping].compactMap { $0 }
        guard !problems.isEmpty else { return Self.text("ready\n") }
        return Self.text(problems.map { $0 + "\n" }.joined(), status: .serviceUnavailable)
    }

    private func problem(_ name: String, _ inquiry: Inquiry<Void>) async -> String? {
        do {
            try await inquiry.answer()
            return nil
        } catch {
            return "\(name): \(error)"
        }
    }

    private static func text(
        _ text: String, type: String = "text/plain; charset=utf-8", status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

struct Ping: Statement {
    static let sql = "SELECT 1 AS one"

    static func decode(_ row: Row) throws -> Int { try row["one"] }
}
