import Foundation

/// HEAD on uploads that nobody writes to.
enum Heads {
    static func run(_ stage: Stage) async throws -> [Figure] {
        try await stage.repeated([
            { try await heads(stage, 16) }, { try await nginxHeads(stage, 16) }, { try await heads(stage, 1) },
            { try await nginxHeads(stage, 1) },
        ])
    }

    /// The reference: of a file, which nginx looks up on the disk.
    private static func nginxHeads(_ stage: Stage, _ clients: Int) async throws -> Figure? {
        guard let nginx = stage.nginx else { return nil }
        try "x".write(toFile: nginx.files + "/head.bin", atomically: false, encoding: .utf8)
        let holdings = try (0..<clients).map { _ in (try BareConnection(port: nginx.port), Requests.plainHead) }
        return try await measure(stage, "nginx", nginx.meter, holdings)
    }

    static func heads(_ stage: Stage, _ clients: Int) async throws -> Figure {
        let requests = stage.requests
        let holdings = try stage.connections(clients).map { connection in
            try connection.send(requests.create("head.bin", length: 1000))
            return (connection, requests.head(try connection.answer(201).location()))
        }
        return try await measure(stage, "tussock", stage.meter(), holdings)
    }

    private static func measure(
        _ stage: Stage, _ system: String, _ meter: ServerMeter, _ holdings: [(BareConnection, String)]
    ) async throws -> Figure {
        try await stage.measure(
            "head-\(holdings.count)", unit: "1/s", system: system, meter,
            units: { (Double($0.rounds), Double($0.rounds) / 1000) }
        ) {
            try await Clients.run(holdings, seconds: stage.options.seconds) { _, _, holding, laps in
                try laps.time("") {
                    try holding.0.send(holding.1)
                    try holding.0.answer(200, hasBody: false)
                }
            }
        }
    }
}
