/// Files of 64 KiB, one after another by each of 32 clients and by one, each to the visible item.
enum Small {
    private static let size = 64 << 10

    static func run(_ stage: Stage) async throws -> [Figure] {
        var bodies: [() async throws -> Figure?] = []
        for clients in [32, 1] {
            bodies += [
                { try await patch(stage, clients) },
                { try await post(stage, clients) },
                { try await put(stage, clients) },
            ]
        }
        return try await stage.repeated(bodies) + [try await stage.pgbench()]
    }

    private static func perThousand(_ outcome: Clients.Outcome) -> (rate: Double, load: Double) {
        (Double(outcome.rounds), Double(outcome.rounds) / 1000)
    }

    static func patch(_ stage: Stage, _ clients: Int, size: Int = size) async throws -> Figure {
        let (source, requests, run) = (stage.source, stage.requests, UInt32.random(in: .min ... .max))
        let holdings = try stage.connections(clients)
        return try await stage.measure("small-patch-\(clients)", unit: "1/s", try stage.meter(), units: perThousand) {
            try await Clients.run(holdings, seconds: stage.options.seconds) { client, round, connection, laps in
                let path = try laps.time("POST") {
                    try connection.send(requests.create("\(run)-\(client)-\(round).bin", length: size))
                    return try connection.answer(201).location()
                }
                try laps.time("PATCH") {
                    try connection.send(requests.patch(path, at: 0, count: size), source, count: size)
                    try connection.answer(204).isVisible()
                }
            }
        }
    }

    static func post(_ stage: Stage, _ clients: Int) async throws -> Figure {
        let (source, requests, run) = (stage.source, stage.requests, UInt32.random(in: .min ... .max))
        let holdings = try stage.connections(clients)
        return try await stage.measure("small-post-\(clients)", unit: "1/s", try stage.meter(), units: perThousand) {
            try await Clients.run(holdings, seconds: stage.options.seconds) { client, round, connection, laps in
                try laps.time("POST") {
                    let name = "\(run)-\(client)-\(round).bin"
                    try connection.send(requests.create(name, length: size, body: size), source, count: size)
                    try connection.answer(201).isVisible()
                }
            }
        }
    }

    private static func put(_ stage: Stage, _ clients: Int) async throws -> Figure? {
        guard let nginx = stage.nginx else { return nil }
        let (source, run) = (stage.source, UInt32.random(in: .min ... .max))
        let holdings = try (0..<clients).map { _ in try BareConnection(port: nginx.port) }
        return try await stage.measure(
            "small-\(clients)", unit: "1/s", system: "nginx", nginx.meter, units: perThousand
        ) {
            try await Clients.run(holdings, seconds: stage.options.seconds) { client, round, connection, laps in
                try laps.time("PUT") {
                    try connection.send(Requests.put("/\(run)-\(client)-\(round)", count: size), source, count: size)
                    try connection.answer(201)
                }
            }
        }
    }
}
