package import Content
package import Foundation
package import Monitoring

/// The finalizer's jobs as JSON (API.md, section 5): the same objects from the API and from the command line.
package struct JobJSON: Sendable {
    /// Where the service stands for the reader, such as `https://files.example.org`; may be empty.
    let base: String

    package init(base: String) {
        self.base = base
    }

    package func job(_ job: JobRecord) -> JSONValue { .object(members(job)) }

    /// A single job, with its attempts and with what was done to it by hand.
    package func job(_ job: JobRecord, attempts: [JobAttempt], actions: [AuditEntry]) -> JSONValue {
        var members = members(job)
        members["attempts"] = .array(attempts.map { attempt($0, of: job) })
        members["history"] = .array(actions.map(action))
        return .object(members)
    }

    private func members(_ job: JobRecord) -> [String: JSONValue] {
        let hasError = job.errorClass != nil && job.state != .done
        return [
            "@id": .string("\(base)/@jobs/\(job.id)"), "id": .number(job.id), "state": .string(job.state.rawValue),
            "phase": .optional(job.phase), "attempt": .number(Int64(job.attempt)),
            "failures": .number(Int64(job.failures)), "max_attempts": .number(Int64(job.maxAttempts)),
            "priority": .number(Int64(job.priority)), "upload": .string(job.upload.hex),
            "folder": .optional(job.folder.map { "/" + $0.joined(separator: "/") }), "owner": .string(job.owner),
            "filename": .string(job.filename), "bytes_total": .number(job.bytesTotal),
            "bytes_done": .number(job.bytesDone), "bytes_per_second": .optional(job.bytesPerSecond?.rounded()),
            "eta_seconds": .optional(job.secondsLeft?.rounded()),
            "queued_at": Self.time(job.queuedAt), "next_at": job.state.isEnded ? .null : Self.time(job.nextAt),
            "started_at": Self.time(job.startedAt), "finished_at": Self.time(job.finishedAt),
            "worker": .optional(job.worker), "waiting_for": .optional(job.waitingFor),
            "error": hasError ? Self.error(job.errorClass, job.errorMessage) : .null,
            "item": .optional(job.item.map { base + $0.map { "/" + URLPath.encoded($0) }.joined() }),
        ]
    }

    private func attempt(_ attempt: JobAttempt, of job: JobRecord) -> JSONValue {
        var phases = attempt.phases.map { Self.phase($0.name, $0.seconds) }
        if attempt.result == nil, let phase = job.phase, let since = job.phaseAt {
            phases.append(Self.phase(phase, Date().timeIntervalSince(since)))
        }
        return .object([
            "attempt": .number(Int64(attempt.attempt)), "worker": .string(attempt.worker),
            "started_at": Self.time(attempt.startedAt), "ended_at": Self.time(attempt.endedAt),
            "result": .optional(attempt.result), "repeats": .number(Int64(attempt.repeats)),
            "error": attempt.errorClass == nil ? .null : Self.error(attempt.errorClass, attempt.errorMessage),
            "phases": .array(phases),
        ])
    }

    private static func phase(_ name: String, _ seconds: Double) -> JSONValue {
        ["phase": .string(name), "seconds": .decimal(milliseconds(seconds))]
    }

    /// An entry of the audit log.
    package func action(_ entry: AuditEntry) -> JSONValue {
        .object([
            "id": .number(entry.id), "at": Self.time(entry.at), "actor": .string(entry.actor),
            "via": .string(entry.via), "action": .string(entry.action), "result": .string(entry.result),
            "job": entry.job.map { .string("\(base)/@jobs/\($0)") } ?? .null, "folder": .optional(entry.folder),
        ])
    }

    /// An upload as operators see it.
    package func upload(_ upload: UploadRecord) -> JSONValue {
        .object([
            "id": .string(upload.id.hex), "state": .string(upload.state),
            "offset": .number(upload.offset),
            "length": upload.length.map { .number($0) } ?? .null, "owner": .string(upload.owner),
            "filename": .string(upload.filename),
            "folder": .optional(upload.folder.map { "/" + $0.joined(separator: "/") }),
            "created_at": Self.time(upload.createdAt), "expires_at": Self.time(upload.expiresAt),
            "holder": .optional(upload.holder), "lease_until": Self.time(upload.leaseUntil),
            "removed": .bool(upload.isRemoved),
            "job": upload.job.map { .string("\(base)/@jobs/\($0)") } ?? .null,
            "reason": .optional(upload.reason),
        ])
    }

    /// What an action on many came to; of the refused the first 100.
    package func bulk(_ result: BulkResult) -> JSONValue {
        let refused = result.refused.prefix(100).map { refused in
            JSONValue.object(["id": .number(refused.id), "message": .optional(refused.refusal)])
        }
        return .object([
            "dry_run": .bool(result.isDry), "matched": .number(Int64(result.matched)),
            "more": .bool(result.hasMore),
            "changed": .number(Int64(result.changed)), "ids": .array(result.sample.map(JSONValue.number)),
            "refused_total": .number(Int64(result.refused.count)), "refused": .array(refused),
        ])
    }

    package func figures(_ figures: JobFigures) -> JSONValue {
        var counts: [String: JSONValue] = [:]
        for state in JobState.allCases { counts[state.rawValue] = .number(Int64(figures.counts[state] ?? 0)) }
        return .object([
            "@id": .string("\(base)/@jobs/stats"), "counts": .object(counts),
            "oldest_age_seconds": .optional(figures.oldestAge.map(Self.milliseconds)),
            "visible_seconds": [
                "p50": .optional(figures.visibleP50.map(Self.milliseconds)),
                "p99": .optional(figures.visibleP99.map(Self.milliseconds)),
            ],
            "bytes_per_second": .decimal(figures.bytesPerSecond.rounded()),
            "workers": .number(Int64(figures.workers)), "paused": .bool(figures.isPaused),
            "paused_folders": .array(figures.pausedFolders.map(JSONValue.string)),
        ])
    }

    package func minutes(_ minutes: [MinuteOfWork]) -> JSONValue {
        let items = minutes.map { minute in
            JSONValue.object([
                "minute": Self.time(minute.minute), "done": .number(Int64(minute.done)), "bytes": .number(minute.bytes),
                "visible_seconds": [
                    "p50": .decimal(Self.milliseconds(minute.visibleP50)),
                    "p99": .decimal(Self.milliseconds(minute.visibleP99)),
                ],
            ])
        }
        return [
            "@id": .string("\(base)/@jobs/history"), "items": .array(items), "items_total": .number(Int64(items.count)),
        ]
    }

    package func workers(_ workers: [WorkerRecord]) -> JSONValue {
        let items = workers.map { worker in
            JSONValue.object([
                "id": .string(worker.id), "role": .string(worker.role), "host": .string(worker.host),
                "version": .string(worker.version), "started_at": Self.time(worker.startedAt),
                "last_seen": Self.time(worker.lastSeen), "age_seconds": .decimal(Self.milliseconds(worker.age)),
                "alive": .bool(worker.isAlive), "concurrency": worker.concurrency.map { .number(Int64($0)) } ?? .null,
                "jobs": .number(Int64(worker.jobs)), "leader": .bool(worker.isLeader),
            ])
        }
        return [
            "@id": .string("\(base)/@jobs/workers"), "items": .array(items), "items_total": .number(Int64(items.count)),
        ]
    }

    /// A page of jobs. Its links are cursors, so that following them neither repeats nor skips a job.
    /// - Parameter parameters: those of the request that its links must keep, percent-encoded.
    package func list(_ list: JobList, _ query: JobQuery, keeping parameters: [String] = []) -> JSONValue {
        let url = "\(base)/@jobs"
        var members: [String: JSONValue] = [
            "@id": .string(url), "items": .array(list.jobs.map(job)), "items_total": .number(Int64(list.total)),
            "items_total_exact": .bool(list.isTotalExact),
        ]
        func link(_ cursor: String?) -> JSONValue {
            let all = parameters + [cursor, "b_size=\(query.page.size)"].compactMap(\.self)
            return .string(url + "?" + all.joined(separator: "&"))
        }
        guard list.hasOlder || list.hasNewer else { return .object(members) }
        var links: [String: JSONValue] = ["@id": .string(url), "first": link(nil), "last": link("after=0")]
        if list.hasOlder, let last = list.jobs.last { links["next"] = link("before=\(last.id)") }
        if list.hasNewer, let first = list.jobs.first { links["prev"] = link("after=\(first.id)") }
        members["batching"] = .object(links)
        return .object(members)
    }

    /// A job as clients of an upload and of a reserved item see it.
    static func summary(_ job: JobStatus) -> JSONValue {
        let hasError = job.errorClass != nil && job.state != "done"
        return .object([
            "state": .string(job.state), "phase": .optional(job.phase), "attempt": .number(Int64(job.attempt)),
            "bytes_done": .number(job.bytesDone), "bytes_total": .number(job.bytesTotal),
            "waiting_for": .optional(job.waitingFor),
            "error": hasError ? error(job.errorClass, job.errorMessage) : .null,
        ])
    }

    private static func error(_ kind: String?, _ message: String?) -> JSONValue {
        ["class": .optional(kind), "message": .optional(message)]
    }

    private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    /// RFC 3339 in UTC, with milliseconds.
    package static func time(_ date: Date?) -> JSONValue {
        guard let date else { return .null }
        return .string(date.ISO8601Format(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
