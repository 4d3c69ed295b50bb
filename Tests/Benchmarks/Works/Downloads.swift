import Foundation
import TestSupport

/// A file of 1 GiB, from the page cache: by a front node, and by nginx.
enum Downloads {
    static func run(_ stage: Stage) async throws -> [Figure] {
        let length = stage.options.largeMiB << 20
        let connection = try stage.connections(1)[0]
        try connection.send(stage.requests.create("download.bin", length: length))
        let path = try connection.answer(201).location()
        try connection.send(stage.requests.patch(path, at: 0, count: length))
        try connection.stream(stage.source, count: length)
        let answer = try connection.answer(204)
        try answer.isVisible()
        let item = try answer.location()
        try publishToNginx(stage, length)
        var figures: [[Figure]] = [[], []]
        for _ in 0..<stage.options.repetitions {
            let port = stage.cluster.port(0)
            figures[0].append(
                try await get(stage, "tussock", port, stage.requests.get(item + "/@@download/file"), stage.meter()))
            guard let nginx = stage.nginx else { continue }
            figures[1].append(
                try await get(stage, "nginx", nginx.port, Requests.plainGet("/download.bin"), nginx.meter))
        }
        return figures.compactMap(Figure.median)
    }

    /// The very same file, by another name.
    private static func publishToNginx(_ stage: Stage, _ length: Int) throws {
        guard let nginx = stage.nginx else { return }
        let blobs = stage.cluster.volume + "/blobs"
        let names = try FileManager.default.subpathsOfDirectory(atPath: blobs)
        let name = names.first { name in
            let size = try? FileManager.default.attributesOfItem(atPath: "\(blobs)/\(name)")[.size] as? Int
            return size == length
        }
        guard let name, link("\(blobs)/\(name)", nginx.files + "/download.bin") == 0 else {
            throw BenchError("the item's file is not on the volume")
        }
    }

    private static func get(
        _ stage: Stage, _ system: String, _ port: Int, _ request: String, _ meter: ServerMeter
    ) async throws -> Figure {
        let mebibytes = Double(stage.options.largeMiB)
        return try await stage.measure(
            "download", unit: "MiB/s", system: system, meter, units: { _ in (mebibytes, mebibytes / 1024) }
        ) {
            try await Clients.once([try BareConnection(port: port)]) { _, connection, laps in
                try laps.time("") {
                    try connection.send(request)
                    try connection.answer(200)
                }
            }
        }
    }
}
