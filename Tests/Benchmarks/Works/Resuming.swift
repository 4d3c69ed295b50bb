/// An upload whose connection is cut again and again: each time HEAD tells where it goes on.
enum Resuming {
    private static let mebibyte = 1 << 20
    /// Bytes between two cuts.
    private static let piece = 8 * mebibyte

    static func run(_ stage: Stage) async throws -> [Figure] {
        try await stage.repeated([{ try await upload(stage) }])
    }

    private static func upload(_ stage: Stage) async throws -> Figure {
        let (source, requests) = (stage.source, stage.requests)
        let length = max(piece * 4, stage.options.largeMiB / 4 * mebibyte)
        let first = try stage.connections(1)[0]
        try first.send(requests.create("resumed.bin", length: length))
        let path = try first.answer(201).location()
        let mebibytes = Double(length / mebibyte)
        return try await stage.measure(
            "resume", unit: "MiB/s", try stage.meter(), units: { _ in (mebibytes, mebibytes / 1024) }
        ) {
            try await Clients.once([first.port]) { _, port, laps in
                var offset = 0
                while length - offset > piece {
                    let connection = try BareConnection(port: port)
                    try connection.send(requests.patch(path, at: offset, count: length - offset))
                    try connection.stream(source, count: piece)
                    connection.cut()
                    offset = try laps.time("HEAD after a cut") {
                        let asking = try BareConnection(port: port)
                        try asking.send(requests.head(path))
                        let told = try asking.answer(200, hasBody: false).field("upload-offset").flatMap { Int($0) }
                        guard let told else { throw BenchError("HEAD told no offset") }
                        return told
                    }
                }
                let connection = try BareConnection(port: port)
                try connection.send(requests.patch(path, at: offset, count: length - offset))
                try connection.stream(source, count: length - offset)
                try connection.answer(204).isVisible()
            }
        }
    }
}
