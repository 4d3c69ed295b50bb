import Chunks
import Logging
import Meters
import Postgres
import Uploads

extension Worker {
    /// Runs claimed jobs to their end: those that are renames together, then the others one after another.
    /// - Returns: false if one of them may be due again.
    @discardableResult
    func work(_ jobs: [ClaimedJob]) async -> Bool {
        let renames = jobs.filter { Renames.suits($0.upload) }
        let others = jobs.filter { !Renames.suits($0.upload) }
        let left = await keeping(jobs) { await Renames(parts).publish(renames) } + others
        for (index, next) in left.enumerated() {
            await keeping(Array(left[(index + 1)...])) { await finish(next.job) }
        }
        return left.isEmpty
    }

    /// Runs `body` while these jobs wait for their turn, or run together.
    private func keeping<Result: Sendable>(_ jobs: [ClaimedJob], _ body: () async -> Result) async -> Result {
        await withTaskGroup(of: Void.self) { group in
            if !jobs.isEmpty { group.addTask { await keep(jobs.map(\.job)) } }
            let result = await body()
            group.cancelAll()
            return result
        }
    }

    /// Gives signs of life, until it is cancelled.
    private func keep(_ jobs: [Job]) async {
        while true {
            do { try await Task.sleep(for: parts.settings.heartbeat) } catch { return }
            for job in jobs {
                let beat = JobHeartbeat(
                    job: job, phase: .verify, bytesDone: job.bytesDone, leaseSeconds: parts.settings.leaseSeconds)
                // One that is not this worker's any more is found out when it is published.
                _ = try? await parts.pool.execute(beat)
            }
        }
    }

    /// Runs a claimed job and records what became of it.
    func finish(_ job: Job) async {
        let attempt = Finalization(job, parts)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await attempt.run() }
                group.addTask { try await beat(attempt) }
                try await group.next()
                group.cancelAll()
            }
            Measured.attempts.add(.done)
            parts.logger.info("job done", metadata: job.metadata)
        } catch {
            // Also when this worker is being stopped: the attempt is to be given back.
            await Task { await settle(attempt, await diagnosed(JobFailure(error))) }.value
        }
    }

    /// Files that are missing from a volume that is not mounted, or is another one, are not lost: wait for the right
    /// one.
    private func diagnosed(_ failure: JobFailure) async -> JobFailure {
        guard case .permanent(_, let message) = failure else { return failure }
        do {
            try await parts.files.run { [volume = parts.volume, identity = parts.identity] in
                _ = try volume.checkIdentity(expected: identity)
            }
            return failure
        } catch {
            return .waiting(for: "volume", message: "\(message); \(error)")
        }
    }

    private func beat(_ attempt: Finalization) async throws {
        while true {
            // Earlier when somebody cancels the job: then the sign of life finds no row, and the attempt ends.
            let ticket = wake.ticket(for: .job(attempt.job.id))
            _ = await ticket.wait(atMost: parts.settings.heartbeat)
            try Task.checkCancellation()
            do {
                try await attempt.heartbeat()
            } catch let error as PostgresError where error.isUnavailable {
                parts.logger.warning("no sign of life could be given", metadata: ["error": "\(error)"])
            }
        }
    }

    private func settle(_ attempt: Finalization, _ failure: JobFailure) async {
        let job = attempt.job
        guard let outcome = outcome(of: job, failure) else {
            return parts.logger.info("the job was cancelled, or another worker has it now", metadata: job.metadata)
        }
        Measured.Attempt(rawValue: outcome.result).map { Measured.attempts.add($0) }
        var told = job.metadata
        told["state"] = "\(outcome.state)"
        told["error"] = outcome.errorMessage.map { "\($0)" }
        parts.logger.log(level: outcome.state == "dead" ? .error : .warning, "job not done", metadata: told)
        do {
            try await parts.pool.execute(
                EndAttempt(job: job, outcome: outcome, phases: attempt.progress.clock.record()))
            if outcome.state == "cancelled" {
                try await parts.files.run { [volume = parts.volume] in try volume.removeBlob(id: "\(job.upload)") }
            }
        } catch {
            told["error"] = "\(error)"
            parts.logger.warning("what became of a job could not be recorded; it is rescued later", metadata: told)
        }
    }

    /// nil: the job is another worker's, change nothing.
    private func outcome(of job: Job, _ failure: JobFailure) -> EndAttempt.Outcome? {
        switch failure {
        case .lost:
            return nil
        case .stopped:
            return .init(state: "queued", result: "stopped")
        case .waiting(let resource, let message):
            return .init(
                state: "retrying", result: "waiting", pause: RetryPolicy.spacePause, waitingFor: resource,
                errorClass: resource, errorMessage: message)
        case .obsolete(let message):
            return .init(state: "cancelled", result: "cancelled", errorClass: "obsolete", errorMessage: message)
        case .permanent(let kind, let message):
            return .init(
                state: "dead", result: "failed", countsAsFailure: true, errorClass: kind, errorMessage: message)
        case .transient(let kind, let message):
            let isLast = job.failures + 1 >= job.mostFailures
            return .init(
                state: isLast ? "dead" : "retrying", result: "failed", countsAsFailure: true,
                pause: isLast ? 0 : RetryPolicy.pause(afterFailures: job.failures + 1), errorClass: kind,
                errorMessage: message)
        }
    }
}
