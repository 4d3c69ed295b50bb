/// What connections cost that do little: 64 streams at once; thousands that are idle, or whose PATCH hangs.
enum Connections {
    static func run(_ stage: Stage) async throws -> [Figure] {
        var figures = [
            try await Large.upload(
                stage, "streams-64", streams: 64, mebibytes: max(8, stage.options.largeMiB / 16), patchMiB: 64)
        ]
        try stage.clearVolume()
        for count in stage.options.sizes {
            figures.append(try await idle(stage, count))
            figures.append(try await slow(stage, count))
            try stage.clearVolume()
        }
        return figures
    }

    /// Connections that have had one answer and ask for nothing more; the rate is that of opening them. The times are
    /// those of another client's HEAD meanwhile.
    private static func idle(_ stage: Stage, _ count: Int) async throws -> Figure {
        try await crowded(stage, "idle-\(count)", count) { connection, _ in
            try connection.send(Requests.options)
            try connection.answer(204)
        }
    }

    /// Connections whose PATCH has brought 1 KiB of 1 MiB and hangs.
    private static func slow(_ stage: Stage, _ count: Int) async throws -> Figure {
        let (source, requests) = (stage.source, stage.requests)
        return try await crowded(stage, "slow-\(count)", count) { connection, number in
            try connection.send(requests.create("slow-\(number).bin", length: 1 << 20))
            let path = try connection.answer(201).location()
            try connection.send(requests.patch(path, at: 0, count: 1 << 20), source, count: 1024)
        }
    }

    private static func crowded(
        _ stage: Stage, _ work: String, _ count: Int, _ begin: (BareConnection, Int) throws -> Void
    ) async throws -> Figure {
        let meter = try stage.meter()
        meter.forgetPeak()
        let before = meter.load()
        let opening = ContinuousClock.now
        let connections = try stage.connections(count)
        for (number, connection) in connections.enumerated() { try begin(connection, number) }
        let seconds = (ContinuousClock.now - opening).seconds
        let heads = try await Heads.heads(stage, 1)
        let used = meter.load() - before
        return try withExtendedLifetime(connections) {
            guard let latency = heads.latencies[""] else { throw BenchError("no HEAD was answered") }
            return Figure(
                work: work, system: "tussock", durability: stage.durability, rate: Double(count) / seconds,
                unit: "1/s", latencies: ["HEAD meanwhile": latency], load: used / (Double(count) / 1000),
                peak: meter.peak())
        }
    }
}
