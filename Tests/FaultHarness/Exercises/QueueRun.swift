import Foundation
import TestSupport

/// A long queue of small jobs and two finalizers, of which one is killed and one is stopped for a while in the middle.
///
/// Checked: every job is done exactly once, every item has its bytes, the jobs of the killed one go to the other in
/// time, and all that tells of the queue agrees with the rows at every look.
package struct QueueRun: Sendable {
    package struct Report: Sendable {
        package var lines: [String] = []
        package var violations: [String] = []
    }

    private let count: Int
    private let stopped: Duration
    private let isHastened: Bool
    private let concurrency: Int
    private let program: String?
    /// Clients at the same time.
    private static let clients = 8
    private static let folders = 10
    /// When the jobs of a dead worker must be in other hands.
    private static let rescue: Duration = .seconds(35)

    /// - Parameters:
    ///   - count: jobs.
    ///   - stopped: how long the second finalizer is stopped.
    ///   - isHastened: leases of the killed and the stopped one are ended by hand, so that nobody waits for them.
    ///   - concurrency: jobs that each finalizer runs at the same time.
    ///   - program: nil for the one beside this.
    package init(
        count: Int, stopped: Duration, isHastened: Bool = false, concurrency: Int = 2, program: String? = nil
    ) {
        (self.count, self.stopped, self.isHastened) = (count, stopped, isHastened)
        (self.concurrency, self.program) = (concurrency, program)
    }

    package func run() async throws -> Report {
        let cluster = try await Cluster.start(
            finalizers: 0, finalize: ["--concurrency", "\(concurrency)"],
            environment: ["TUSSOCK_FINALIZE_WAIT": "0", "TUSSOCK_LOG_LEVEL": "warning"],
            program: program)
        let result: Result<Report, any Error>
        do {
            result = .success(try await run(on: cluster))
        } catch {
            result = .failure(error)
        }
        await cluster.stop()
        return try result.get()
    }

    private func run(on cluster: Cluster) async throws -> Report {
        var (report, look) = (Report(), QueueLook(total: count))
        try await steer("pause", cluster)
        try await timed("uploads", count, &report) { try await upload(cluster) }
        for _ in 0..<2 { try await cluster.startFinalizer() }
        let (killed, other, front) = (cluster.finalizer(0), cluster.finalizer(1), cluster.front(0))
        try await look.look("paused", cluster, [front, killed, other], standing: true)
        try await steer("resume", cluster)
        let begin = ContinuousClock.now
        try await reach(0.2, &look, "two finalizers", cluster, [front, killed, other])
        let two = ContinuousClock.now

        let worker = try await worker(killed, cluster)
        try await cluster.kill(finalizer: 0)
        let moment = try await cluster.value("SELECT clock_timestamp()") ?? ""
        let kill = ContinuousClock.now
        let held = try await look.look("killed", cluster, [front, other])["running"] ?? 0
        try await hasten(worker, cluster)
        // On with the other one, until it has the jobs of the killed one or little is left.
        while try await holds(worker, cluster), try await share(cluster) < 0.75 {
            try await look.look("waiting for the rescue", cluster, [front, other])
        }
        try await reach(0.5, &look, "one finalizer", cluster, [front, other])
        try await cluster.kill(finalizer: 1, SIGSTOP)
        let stop = ContinuousClock.now
        let rows = try await look.look("stopped", cluster, [front], standing: true)
        while ContinuousClock.now - stop < stopped {
            try await look.look("stopped", cluster, [front], standing: true)
            await Pace.pause(.seconds(2))
        }
        try await hasten(try await self.worker(other, cluster), cluster)
        try await cluster.kill(finalizer: 1, SIGCONT)
        let end = ContinuousClock.now
        try await reach(1, &look, "woken", cluster, [front, other])
        report.lines.append(
            """
            jobs a second: \(Self.rate(count / 5, two - begin)) with two finalizers, \
            \(Self.rate(count - (rows["done"] ?? 0), .now - end)) with one after it was woken; killed with at most \
            \(held) running, stopped at \(rows["done"] ?? 0) of \(count)
            """)
        try await checkRescue(of: worker, since: moment, (stop - kill, end - kill), cluster, &report)
        try await look.look("done", cluster, [front, other], standing: true)
        var wrong: [String] = []
        try await timed("downloads", count, &report) { wrong = try await wrongItems(cluster) }
        report.violations += try await wrong + leftovers(cluster) + look.violations
        report.lines.append("looks: \(look.count)")
        return report
    }

    // MARK: Steps

    private func steer(_ action: String, _ cluster: Cluster) async throws {
        let answer = try await cluster.client().request(
            "POST", "/@jobs/\(action)", ["Tus-Resumable": nil], body: Data())
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
    }

    private func length(_ index: Int) -> Int64 { Int64(1 + index * 37 % 4096) }

    private func path(_ index: Int) -> String { "/q\(index % Self.folders)" }

    private func upload(_ cluster: Cluster) async throws {
        for folder in 0..<Self.folders { _ = try await cluster.client().createFolder("q\(folder)") }
        try await each { index in
            let body = UploadBytes(seed: UInt64(index)).data(0..<length(index))
            let answer = try await cluster.client().create(
                in: path(index), length: length(index), filename: "\(index).bin", body: body)
            guard answer.status == 201 else { throw UnexpectedAnswer(answer) }
        }
    }

    /// Looks until this share of the jobs is done.
    private func reach(
        _ share: Double, _ look: inout QueueLook, _ when: String, _ cluster: Cluster, _ processes: [SpawnedProcess]
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(60 + count / 10)
        while true {
            let done = try await look.look(when, cluster, processes)["done"] ?? 0
            if Double(done) >= share * Double(count) { return }
            guard ContinuousClock.now < deadline else {
                throw NeverHappened(what: "\(share) of the jobs done: \(done)")
            }
        }
    }

    private func worker(_ process: SpawnedProcess, _ cluster: Cluster) async throws -> String {
        try await cluster.value("SELECT id FROM worker WHERE id LIKE '%:\(process.pid):%'") ?? "unknown"
    }

    private func hasten(_ worker: String, _ cluster: Cluster) async throws {
        guard isHastened else { return }
        try await cluster.sql("UPDATE job SET lease_until = now() WHERE state = 'running' AND worker = '\(worker)'")
    }

    private func holds(_ worker: String, _ cluster: Cluster) async throws -> Bool {
        try await cluster.value("SELECT 1 FROM job WHERE state = 'running' AND worker = '\(worker)' LIMIT 1") != nil
    }

    private func share(_ cluster: Cluster) async throws -> Double {
        Double(try await QueueLook.rows(cluster)["done"] ?? 0) / Double(count)
    }

    /// - Parameter pause: from when until when after the kill nobody was there to rescue anything.
    private func checkRescue(
        of worker: String, since moment: String, _ pause: (from: Duration, to: Duration), _ cluster: Cluster,
        _ report: inout Report
    ) async throws {
        let row = try await cluster.sql(
            """
            SELECT count(*), coalesce(max(extract(epoch FROM ended_at - '\(moment)')), 0) FROM job_attempt
            WHERE worker = '\(worker)' AND result = 'lost'
            """)
        let (lost, seconds) = (row.first?.first ?? "0", Double(row.first?.last ?? "") ?? 0)
        report.lines.append("jobs of the killed one: \(lost), in other hands after \(seconds) s")
        let isLate = .seconds(seconds) > (pause.from > Self.rescue ? Self.rescue : pause.to + .seconds(10))
        if isLate { report.violations.append("a dead worker's jobs were left for \(seconds) s") }
    }

    // MARK: The end

    private func wrongItems(_ cluster: Cluster) async throws -> [String] {
        try await each { index -> String? in
            let data = try await cluster.client().download("\(path(index))/\(index).bin")
            let isRight =
                Int64(data.count) == length(index) && UploadBytes(seed: UInt64(index)).difference(from: data) == nil
            return isRight ? nil : "\(index).bin has other bytes"
        }.compactMap(\.self)
    }

    /// What is not as it should be once all is done.
    private func leftovers(_ cluster: Cluster) async throws -> [String] {
        let rows = try await cluster.sql(
            """
            SELECT format('job %s is %s', id, state) FROM job WHERE state <> 'done'
            UNION ALL SELECT format('job %s was done %s times', job_id, count(*)) FROM job_attempt
                WHERE result = 'done' GROUP BY job_id HAVING count(*) <> 1
            UNION ALL SELECT format('attempt %s of job %s has no end', attempt, job_id) FROM job_attempt
                WHERE result IS NULL
            UNION ALL SELECT format('%s items of upload %s', count(item.id), upload.id) FROM upload
                LEFT JOIN item ON item.upload_id = upload.id AND item.state = 'published'
                GROUP BY upload.id HAVING count(item.id) <> 1
            UNION ALL SELECT format('%s items instead of \(count)', count(*)) FROM item WHERE kind = 'File'
                HAVING count(*) <> \(count)
            UNION ALL SELECT format('%s attempts done instead of \(count)', count(*)) FROM job_attempt
                WHERE result = 'done' HAVING count(*) <> \(count)
            """)
        return rows.compactMap(\.first)
    }

    // MARK: Many at once

    /// For every job, some at the same time.
    @discardableResult
    private func each<Result: Sendable>(_ body: @escaping @Sendable (Int) async throws -> Result) async throws
        -> [Result]
    {
        try await withThrowingTaskGroup(of: [Result].self) { group in
            for first in 0..<Self.clients {
                group.addTask {
                    var results: [Result] = []
                    for index in stride(from: first, to: count, by: Self.clients) {
                        results.append(try await body(index))
                    }
                    return results
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func timed(
        _ what: String, _ count: Int, _ report: inout Report, _ body: () async throws -> Void
    ) async throws {
        let begin = ContinuousClock.now
        try await body()
        report.lines.append("\(what) a second: \(Self.rate(count, .now - begin))")
    }

    private static func rate(_ count: Int, _ time: Duration) -> Int {
        Int(Double(count) / max(time / .seconds(1), 0.001))
    }
}
