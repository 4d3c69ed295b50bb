import Chunks
import HTTPTypes
import Hummingbird
import Logging
import Postgres
import ServiceLifecycle
import Uploads

/// The operations listener of every role: `/livez` says that the process turns, `/readyz` whether it can do its work.
struct Operations: Sendable {
    private let backbone: Backbone
    private let host: String
    private let port: Int
    /// How long the database and the volume may take to answer before they count as away.
    private static let patience: Duration = .seconds(2)

    init(_ backbone: Backbone) throws {
        self.backbone = backbone
        host = backbone.settings.text("ops_host") ?? "127.0.0.1"
        port = try backbone.settings.integer("ops_port", in: 0...65_535) ?? 9090
        try Port.check(host: host, port: port, prefix: "ops-")
    }

    /// nil when it is off.
    var service: (any Service)? {
        guard port != 0 else { return nil }
        let router = Router()
        router.get("/livez") { _, _ in "ok\n" }
        router.get("/readyz") { [self] _, _ in await readiness() }
        var logger = backbone.logger
        logger.logLevel = max(logger.logLevel, .warning)
        return Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)), logger: logger)
    }

    /// 200, or 503 with a line for each thing that is missing.
    func readiness() async -> Response {
        async let database = problem("database") { [pool = backbone.pool] in _ = try await pool.first(Ping()) }
        async let volume = problem("volume") { [backbone] in
            try await backbone.files.run { [volume = backbone.volume, identity = backbone.identity] in
                try volume.checkIdentity(expected: identity)
                try volume.probe()
            }
        }
        let stopping = backbone.handover.writers.isDraining ? "shutting down" : nil
        let problems = [await database, await volume, stopping].compactMap { $0 }
        let text = problems.isEmpty ? "ready\n" : problems.map { $0 + "\n" }.joined()
        return Response(
            status: problems.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private func problem(_ name: String, _ check: @escaping @Sendable () async throws -> Void) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do {
                    try await check()
                    return nil
                } catch {
                    return "\(name): \(error)"
                }
            }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return "\(name): no answer within \(Self.patience)"
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

struct Ping: Statement {
    static let sql = "SELECT 1 AS one"

    static func decode(_ row: Row) throws -> Int { try row["one"] }
}
