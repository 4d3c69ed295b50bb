import Foundation
import TestSupport

/// Hand-overs between two front nodes, one after another: a PATCH hangs half-way at one, and HEAD asks the other, where
/// the upload goes on.
///
/// Checked at each: HEAD tells what the holder had received, the next PATCH at that offset is let in, the old
/// connection is ended, and in the end every byte is right.
package struct HandoverRun: Sendable {
    private let count: Int
    private let stopped: Int
    private let program: String?
    /// What a PATCH sends before it hangs, bytes.
    private static let piece: Int64 = 64 << 10
    /// Hand-overs of one upload.
    private static let most = 50

    /// - Parameters:
    ///   - count: hand-overs by a holder that runs.
    ///   - stopped: more of them, by one that is stopped with SIGSTOP.
    ///   - program: nil for the one beside this.
    package init(count: Int, stopped: Int, program: String? = nil) {
        (self.count, self.stopped, self.program) = (count, stopped, program)
    }

    package func run() async throws -> ExerciseReport {
        let cluster = try await Cluster.start(fronts: 2, program: program)
        let result: Result<ExerciseReport, any Error>
        do {
            var report = ExerciseReport()
            for first in stride(from: 0, to: count, by: Self.most) {
                try await upload(min(Self.most, count - first), cluster, &report)
            }
            for _ in 0..<stopped { try await stop(cluster, &report) }
            result = .success(report)
        } catch {
            result = .failure(error)
        }
        await cluster.stop()
        return try result.get()
    }

    private struct Upload {
        let url: TusClient.Upload
        let bytes: UploadBytes
        let length: Int64
        var offset: Int64 = 0
        /// Where the file begins that is written to, and how many there are: a claim by force begins another.
        var files = (start: Int64(0), count: 1)
    }

    private func begin(pieces: Int, _ cluster: Cluster) async throws -> Upload {
        let (seed, length) = (UInt64.random(in: .min ... .max), Int64(pieces) * Self.piece)
        let url = try await cluster.client().newUpload(in: "", length: length, filename: "\(seed).bin")
        return Upload(url: url, bytes: UploadBytes(seed: seed), length: length)
    }

    /// The rest is announced, but only a piece of it comes. nil: the node did not let the PATCH in.
    private func hang(
        _ upload: inout Upload, at node: Int, _ cluster: Cluster, _ report: inout ExerciseReport
    ) async throws -> HTTPConnection? {
        let fields = TusClient.patchFields(at: upload.offset, count: upload.length - upload.offset)
            .merging(["Expect": "100-continue"]) { $1 }
        let connection = try await cluster.client(node).begin("PATCH", upload.url, fields)
        let answer = try await connection.interim()
        report.count(answer)
        guard answer.status == 100 else {
            report.violations.append("PATCH at \(upload.offset), which HEAD had told: \(answer.status)")
            return nil
        }
        let end = upload.offset + Self.piece
        try await connection.send(upload.bytes.data(upload.offset..<end))
        var known = upload
        try await eventually("a piece on the volume") {
            let files = cluster.chunkFiles(known.url)
            if files.count != known.files.count { known.files = (known.offset, files.count) }
            return files.last?.size == end - known.files.start
        }
        upload = known
        return connection
    }

    /// Asks the other node, and goes on from what it tells.
    private func takeOver(
        _ upload: inout Upload, at node: Int, as what: String, atLeast acknowledged: Int64, _ cluster: Cluster,
        _ report: inout ExerciseReport
    ) async throws {
        let head = try await report.times[what, default: Times()].measuring {
            try await cluster.client(node).head(upload.url)
        }
        report.count(head)
        guard head.status == 200, let offset = head.offset else { throw UnexpectedAnswer(head) }
        let received = upload.offset + Self.piece
        if offset < acknowledged || offset > received {
            report.violations.append("HEAD told \(offset); acknowledged were \(acknowledged), sent \(received)")
        }
        upload.offset = offset
        if offset < received { report.forced += 1 }
    }

    private func upload(_ handovers: Int, _ cluster: Cluster, _ report: inout ExerciseReport) async throws {
        var upload = try await begin(pieces: handovers + 1, cluster)
        for number in 0..<handovers {
            let node = number % 2
            guard let connection = try await hang(&upload, at: node, cluster, &report) else { return }
            try await takeOver(
                &upload, at: 1 - node, as: "hand-overs", atLeast: upload.offset, cluster, &report)
            if try await !connection.isClosedByPeer() { report.violations.append("an older connection stayed open") }
        }
        try await finish(upload, at: handovers % 2, cluster, &report)
    }

    private func stop(_ cluster: Cluster, _ report: inout ExerciseReport) async throws {
        var upload = try await begin(pieces: 2, cluster)
        guard let connection = try await hang(&upload, at: 0, cluster, &report) else { return }
        let shown = try await cluster.client(1).request("GET", upload.url).json["offset"] as? Int ?? 0
        try await cluster.kill(front: 0, SIGSTOP)
        let forced = report.forced
        do {
            try await takeOver(
                &upload, at: 1, as: "holders stopped", atLeast: Int64(shown), cluster, &report)
        } catch {
            try await cluster.kill(front: 0, SIGCONT)
            throw error
        }
        // By force, as it must be.
        report.forced = forced
        try await cluster.kill(front: 0, SIGCONT)
        if try await !connection.isClosedByPeer() { report.violations.append("a woken connection stayed open") }
        try await finish(upload, at: 1, cluster, &report)
    }

    private func finish(
        _ upload: Upload, at node: Int, _ cluster: Cluster, _ report: inout ExerciseReport
    ) async throws {
        let rest = upload.bytes.data(upload.offset..<upload.length)
        let last = try await cluster.client(node).patch(upload.url, rest, at: upload.offset)
        report.count(last)
        guard last.status == 204 else { return report.violations.append("the last PATCH: \(last.status)") }
        try await report.check(last.location, holds: upload.bytes, upload.length, cluster.client(1 - node))
    }
}

extension Cluster {
    /// The chunk files of an upload with their sizes, in the order in which they were begun.
    fileprivate func chunkFiles(_ upload: TusClient.Upload) -> [(fence: Int, size: Int64)] {
        let folder = "\(volume)/uploads/\(upload.suffix(32).prefix(2))"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(upload.suffix(32)) }.compactMap { name in
            guard let fence = name.split(separator: ".").last.flatMap({ Int($0) }) else { return nil }
            let size = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int64
            return (fence, size ?? 0)
        }.sorted { $0.fence < $1.fence }
    }
}
