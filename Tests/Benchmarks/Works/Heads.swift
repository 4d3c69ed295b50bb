/// HEAD on uploads that nobody writes to.
enum Heads {
    static func run(_ stage: Stage) async throws -> [Figure] {
        try await stage.repeated([{ try await heads(stage, 16) }, { try await heads(stage, 1) }])
    }

    static func heads(_ stage: Stage, _ clients: Int) async throws -> Figure {
        let requests = stage.requests
        let holdings = try stage.connections(clients).map { connection in
            try connection.send(requests.create("head.bin", length: 1000))
            return (connection, requests.head(try connection.answer(201).location()))
        }
        return try await stage.measure(
            "head-\(clients)", unit: "1/s", try stage.meter(), units: { (Double($0.rounds), Double($0.rounds) / 1000) }
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
