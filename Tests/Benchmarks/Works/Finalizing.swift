/// From the last byte to the visible item: of one file, which is renamed, and of 8 and 128 that are joined.
enum Finalizing {
    private static let mebibyte = 1 << 20
    private static let joinedMiB = 256

    static func run(_ stage: Stage) async throws -> [Figure] {
        try await stage.repeated([
            { try await lastByte(stage) },
            { try await join(stage, parts: 8) },
            { try await join(stage, parts: 128) },
        ])
    }

    private static func lastByte(_ stage: Stage) async throws -> Figure {
        let requests = stage.requests
        let source = stage.source
        return try await stage.measure(
            "finalize-1", unit: "1/s", try stage.meter(), units: { (Double($0.rounds), Double($0.rounds) / 1000) }
        ) {
            try await Clients.run(try stage.connections(1), seconds: stage.options.seconds) { _, _, connection, laps in
                try connection.send(requests.create("last.bin", length: 2))
                let path = try connection.answer(201).location()
                try connection.send(requests.patch(path, at: 0, count: 1), source, count: 1)
                try connection.answer(204)
                try laps.time("last byte to visible item") {
                    try connection.send(requests.patch(path, at: 1, count: 1), source, count: 1)
                    try connection.answer(204).isVisible()
                }
            }
        }
    }

    private static func join(_ stage: Stage, parts: Int) async throws -> Figure {
        let (source, requests) = (stage.source, stage.requests)
        let size = joinedMiB / parts * mebibyte
        let connection = try stage.connections(1)[0]
        let paths = try (0..<parts).map { number in
            try connection.send(requests.create("part-\(number)", length: size, partial: true))
            let path = try connection.answer(201).location()
            try connection.send(requests.patch(path, at: 0, count: size))
            try connection.stream(source, count: size)
            try connection.answer(204)
            return path
        }
        return try await stage.measure(
            "join-\(parts)", unit: "MiB/s", try stage.meter(),
            units: { _ in (Double(joinedMiB), Double(joinedMiB) / 1024) }
        ) {
            try await Clients.once([connection]) { _, connection, laps in
                try laps.time("") {
                    try connection.send(requests.join("joined.bin", parts: paths))
                    let item = try connection.answer(201).field("link") ?? ""
                    guard let path = item.split(separator: ">").first?.split(separator: "/", maxSplits: 2).last else {
                        throw BenchError("no item in Link: \(item)")
                    }
                    try connection.waitUntilVisible(requests.get("/\(path)"))
                }
            }
        }
    }
}
