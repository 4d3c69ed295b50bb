import Foundation
import TestSupport

/// Clients that race: all send a PATCH at the same offset at the same time, through two front nodes in turn.
///
/// Checked at each: at most one of them is told that it moved the offset, what it was told is true from then on, and
/// in the end every byte is right.
package struct RaceRun: Sendable {
    private let clients: Int
    private let uploads: Int
    private let length: Int64
    private let program: String?
    /// The longest body of a racer, bytes.
    private static let longest = 64 << 10

    /// - Parameters:
    ///   - length: of each upload, bytes.
    ///   - program: nil for the one beside this.
    package init(clients: Int, uploads: Int, length: Int64, program: String? = nil) {
        (self.clients, self.uploads, self.length, self.program) = (clients, uploads, length, program)
    }

    package func run() async throws -> ExerciseReport {
        let cluster = try await Cluster.start(fronts: 2, program: program)
        let result: Result<ExerciseReport, any Error>
        do {
            var report = ExerciseReport()
            for _ in 0..<uploads { try await upload(cluster, &report) }
            result = .success(report)
        } catch {
            result = .failure(error)
        }
        await cluster.stop()
        return try result.get()
    }

    private func upload(_ cluster: Cluster, _ report: inout ExerciseReport) async throws {
        let bytes = UploadBytes(seed: .random(in: .min ... .max))
        let url = try await cluster.client().newUpload(in: "", length: length, filename: "\(bytes.seed).bin")
        var (offset, round) = (Int64(0), 0)
        while offset < length {
            offset = try await race(url, bytes, at: offset, cluster, &report, round)
            round += 1
        }
        // Repeats the last PATCH, whose answer may have gone to nobody.
        let last = try await cluster.client().patch(url, Data(), at: offset)
        try await report.check(last.location, holds: bytes, length, cluster.client(1))
    }

    private struct Finish: Sendable {
        /// nil: it gave way to a newer one.
        var answer: Answer?
        var end: Int64
        var time: Duration
    }

    /// The offset after it, as HEAD tells.
    private func race(
        _ url: TusClient.Upload, _ bytes: UploadBytes, at offset: Int64, _ cluster: Cluster,
        _ report: inout ExerciseReport, _ round: Int
    ) async throws -> Int64 {
        let ends = (0..<clients).map { _ in min(length, offset + Int64.random(in: 1...Int64(Self.longest))) }
        let finishes = try await withThrowingTaskGroup(of: Finish.self) { group in
            for (number, end) in ends.enumerated() {
                let client = cluster.client(number % 2)
                group.addTask { try await Self.patch(client, url, bytes, offset..<end) }
            }
            return try await group.reduce(into: [Finish]()) { $0.append($1) }
        }
        var acknowledged: [Int64] = []
        for finish in finishes {
            report.times["racers", default: Times()].add(finish.time)
            report.answers[finish.answer?.status ?? 0, default: 0] += 1
            if let end = judge(finish, &report) { acknowledged.append(end) }
        }
        if acknowledged.count > 1 { report.violations.append("moved from \(offset) to each of \(acknowledged)") }
        let after = try await cluster.client(round % 2).offset(url)
        let most = ends.max() ?? offset
        if after < acknowledged.max() ?? offset || after > most {
            report.violations.append("HEAD tells \(after) after \(acknowledged), sent were bytes up to \(most)")
        }
        return after
    }

    /// The offset that it was told.
    private func judge(_ finish: Finish, _ report: inout ExerciseReport) -> Int64? {
        guard let answer = finish.answer else { return nil }
        switch answer.status {
        case 204 where answer.offset == finish.end: return finish.end
        case 204: report.violations.append("204 with \(answer.offset ?? -1) instead of \(finish.end)")
        case 409, 503: break
        default: report.violations.append("\(UnexpectedAnswer(answer))")
        }
        return nil
    }

    private static func patch(
        _ client: TusClient, _ url: TusClient.Upload, _ bytes: UploadBytes, _ range: Range<Int64>
    ) async throws -> Finish {
        let begin = ContinuousClock.now
        var answer: Answer?
        do {
            answer = try await client.patch(url, bytes.data(range), at: range.lowerBound)
        } catch HTTPConnection.Failure.closed {
            // A newer request took the upload.
        }
        return Finish(answer: answer, end: range.upperBound, time: ContinuousClock.now - begin)
    }
}
