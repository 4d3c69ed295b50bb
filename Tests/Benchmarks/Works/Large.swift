import Foundation

/// Large bodies: one stream in one PATCH, and eight at once in PATCHes of 8 MiB; to the visible item.
enum Large {
    private static let mebibyte = 1 << 20
    private static let streams = 8
    private static let patchMiB = 8

    static func run(_ stage: Stage) async throws -> [Figure] {
        let one = stage.options.largeMiB
        // Of each of the eight.
        let each = max(patchMiB, one / 4 / patchMiB * patchMiB)
        if stage.durability == "fsync" { sync() }
        return try await stage.repeated([
            { try await single(stage, one) },
            { try await put(stage, "large-1", streams: 1, mebibytes: one) },
            { stage.durability == "fsync" ? try await stage.dd("large-1", mebibytes: one) : nil },
            { try await many(stage, each) },
            { try await put(stage, "large-8", streams: streams, mebibytes: each) },
            { stage.durability == "fsync" ? try await stage.dd("large-8", mebibytes: each * streams) : nil },
        ])
    }

    private static func single(_ stage: Stage, _ mebibytes: Int) async throws -> Figure {
        try await upload(stage, "large-1", streams: 1, mebibytes: mebibytes, patchMiB: mebibytes)
    }

    private static func many(_ stage: Stage, _ mebibytes: Int) async throws -> Figure {
        try await upload(stage, "large-8", streams: streams, mebibytes: mebibytes, patchMiB: patchMiB)
    }

    static func upload(
        _ stage: Stage, _ work: String, streams: Int, mebibytes: Int, patchMiB: Int
    ) async throws -> Figure {
        let (source, requests) = (stage.source, stage.requests)
        let length = mebibytes * mebibyte
        let holdings = try stage.connections(streams).map { connection in
            try connection.send(requests.create("\(work)-\(UInt32.random(in: .min ... .max)).bin", length: length))
            return (connection, try connection.answer(201).location())
        }
        return try await stage.measure(
            work, unit: "MiB/s", try stage.meter(),
            units: { _ in (Double(mebibytes * streams), Double(mebibytes * streams) / 1024) }
        ) {
            try await Clients.once(holdings) { _, holding, laps in
                let (connection, path) = holding
                for start in stride(from: 0, to: length, by: patchMiB * mebibyte) {
                    let count = min(patchMiB * mebibyte, length - start)
                    let answer = try laps.time("PATCH") {
                        try connection.send(requests.patch(path, at: start, count: count))
                        try connection.stream(source, count: count)
                        return try connection.answer(204)
                    }
                    if start + count == length { try answer.isVisible() }
                }
            }
        }
    }

    private static func put(
        _ stage: Stage, _ work: String, streams: Int, mebibytes: Int
    ) async throws -> Figure? {
        guard let nginx = stage.nginx else { return nil }
        let (source, run) = (stage.source, UInt32.random(in: .min ... .max))
        let holdings = try (0..<streams).map { _ in try BareConnection(port: nginx.port) }
        return try await stage.measure(
            work, unit: "MiB/s", system: "nginx", nginx.meter,
            units: { _ in (Double(mebibytes * streams), Double(mebibytes * streams) / 1024) }
        ) {
            try await Clients.once(holdings) { number, connection, laps in
                try laps.time("PUT") {
                    try connection.send(Requests.put("/\(run)-\(work)-\(number)", count: mebibytes * mebibyte))
                    try connection.stream(source, count: mebibytes * mebibyte)
                    try connection.answer(201)
                }
            }
        }
    }
}
