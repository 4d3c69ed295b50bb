import Foundation
import Monitoring

/// Jobs as text for people.
enum JobTable {
    static func lines(_ jobs: [JobRecord]) -> [String] {
        guard !jobs.isEmpty else { return ["no jobs"] }
        var table = Table(
            .init("ID", isNumber: true), .init("STATE"), .init("DONE", isNumber: true),
            .init("SIZE", isNumber: true),
            .init("AGE", isNumber: true), .init("TRY", isNumber: true), .init("FILE", isFlexible: true),
            .init("NEWS", isFlexible: true))
        for job in jobs {
            table.add(
                "\(job.id)", job.state.rawValue, percent(job), Shown.bytes(job.bytesTotal),
                Shown.age(job.queuedAt),
                "\(job.attempt)", path(job), news(job))
        }
        return table.lines(width: Terminal.width)
    }

    static func rest(_ list: JobList) -> [String] {
        guard list.hasOlder, let last = list.jobs.last else { return [] }
        let total = list.isTotalExact ? "\(list.total)" : "more than \(list.total)"
        return ["\(list.jobs.count) of \(total); the next ones: --before \(last.id)"]
    }

    static func path(_ job: JobRecord) -> String {
        guard let folder = job.folder else { return job.filename }
        return "/" + (folder + [job.itemName ?? job.filename]).joined(separator: "/")
    }

    private static func percent(_ job: JobRecord) -> String {
        job.bytesTotal == 0
            ? (job.state == .done ? "100%" : "0%") : "\(job.bytesDone * 100 / job.bytesTotal)%"
    }

    /// What is to be known of it besides its state.
    static func news(_ job: JobRecord) -> String {
        var parts: [String] = []
        if let phase = job.phase { parts.append(phase) }
        if let rate = job.bytesPerSecond { parts.append(Shown.bytes(Int64(rate)) + "/s") }
        if let left = job.secondsLeft { parts.append(Shown.seconds(left) + " left") }
        if let thing = job.waitingFor { parts.append("waits for \(thing)") }
        if job.state == .retrying {
            parts.append("again in " + Shown.seconds(job.nextAt.timeIntervalSinceNow))
        }
        if job.state != .done, let kind = job.errorClass {
            parts.append("\(kind): \(job.errorMessage ?? "")")
        }
        return parts.joined(separator: ", ")
    }

    static func details(_ job: JobRecord, _ attempts: [JobAttempt], _ actions: [AuditEntry])
        -> [String]
    {
        let facts: [(String, String?)] = [
            ("job", "\(job.id)"), ("state", job.state.rawValue), ("phase", job.phase),
            ("file", path(job)),
            ("upload", job.upload.uuidString.filter { $0 != "-" }.lowercased()), ("owner", job.owner),
            ("bytes", "\(job.bytesDone) of \(job.bytesTotal) (\(percent(job)))"),
            ("rate", job.bytesPerSecond.map { Shown.bytes(Int64($0)) + "/s" }),
            ("left", job.secondsLeft.map(Shown.seconds)),
            ("attempts", "\(job.attempt), of which \(job.failures) of \(job.maxAttempts) failed"),
            ("priority", "\(job.priority)"), ("queued", Shown.time(job.queuedAt)),
            ("due", job.state.isEnded ? nil : Shown.time(job.nextAt)),
            ("started", job.startedAt.map(Shown.time)),
            ("finished", job.finishedAt.map(Shown.time)), ("worker", job.worker),
            ("waits for", job.waitingFor),
            (
                "error",
                job.state == .done ? nil : job.errorClass.map { "\($0): \(job.errorMessage ?? "")" }
            ),
        ]
        let known = facts.compactMap { name, value in
            value.map { name + String(repeating: " ", count: 10 - name.count) + Table.plain($0) }
        }
        return known + [""] + lines(attempts) + (actions.isEmpty ? [] : [""] + lines(actions))
    }

    private static func lines(_ attempts: [JobAttempt]) -> [String] {
        var table = Table(
            .init("ATTEMPT", isNumber: true), .init("STARTED"), .init("TOOK", isNumber: true),
            .init("RESULT"),
            .init("PHASES", isFlexible: true), .init("WORKER", isFlexible: true),
            .init("ERROR", isFlexible: true))
        for attempt in attempts {
            let took = (attempt.endedAt ?? Date()).timeIntervalSince(attempt.startedAt)
            let phases = attempt.phases.map { "\($0.name) \(Shown.seconds($0.seconds))" }.joined(
                separator: ", ")
            let times = attempt.repeats > 1 ? " ×\(attempt.repeats)" : ""
            table.add(
                "\(attempt.attempt)", Shown.time(attempt.startedAt), Shown.seconds(took),
                (attempt.result ?? "running") + times, phases, attempt.worker,
                attempt.errorClass.map { "\($0): \(attempt.errorMessage ?? "")" } ?? "")
        }
        return attempts.isEmpty ? ["no attempts yet"] : table.lines(width: Terminal.width)
    }

    private static func lines(_ actions: [AuditEntry]) -> [String] {
        var table = Table(
            .init("AT"), .init("WHO", isFlexible: true), .init("VIA"), .init("DID"),
            .init("RESULT", isFlexible: true))
        for action in actions {
            table.add(Shown.time(action.at), action.actor, action.via, action.action, action.result)
        }
        return table.lines(width: Terminal.width)
    }

    static func figures(_ figures: JobFigures) -> [String] {
        let counts = JobState.allCases.map { "\(figures.counts[$0] ?? 0) \($0.rawValue)" }.joined(
            separator: ", ")
        let paused = figures.isPaused ? ["the queue is paused"] : []
        return [
            counts,
            "oldest: " + (figures.oldestAge.map(Shown.seconds) ?? "-"),
            "last byte to visible item, last hour: p50 " + (figures.visibleP50.map(Shown.seconds) ?? "-")
                + ", p99 " + (figures.visibleP99.map(Shown.seconds) ?? "-"),
            "\(Shown.bytes(Int64(figures.bytesPerSecond)))/s, \(figures.workers) finalizers",
        ] + paused + figures.pausedFolders.map { "\(Table.plain($0)) is paused" }
    }

    static func workers(_ workers: [WorkerRecord]) -> [String] {
        guard !workers.isEmpty else { return ["no processes"] }
        var table = Table(
            .init("ROLE"), .init("ID", isFlexible: true), .init("VERSION"), .init("SEEN", isNumber: true),
            .init("JOBS", isNumber: true), .init("NEWS"))
        for worker in workers {
            let jobs = worker.concurrency.map { "\(worker.jobs)/\($0)" } ?? ""
            let news = worker.isAlive ? (worker.isLeader ? "sweeps" : "") : "silent"
            table.add(
                worker.role, worker.id, worker.version, Shown.seconds(worker.age) + " ago", jobs, news)
        }
        return table.lines(width: Terminal.width)
    }
}
