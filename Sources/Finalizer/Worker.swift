import Logging
import Meters
import Postgres
import ServiceLifecycle
import Uploads

/// Takes jobs and runs them, several at once, until shutdown; then the running ones stop at their next step and give
/// their attempt back.
///
/// Woken by NOTIFY `tussock_jobs`, with a slow poll behind it, since a notification may be lost.
package struct Worker: Service {
    let parts: FinalizerParts
    private let wake = Signals<Wake>()

    private let onReady: @Sendable () -> Void

    private enum Wake { case jobs }

    /// - Parameter onReady: called once, when it begins to take jobs.
    package init(_ parts: FinalizerParts, onReady: @escaping @Sendable () -> Void = {}) {
        Measured.begin()
        self.parts = parts
        self.onReady = onReady
    }

    package func run() async throws {
        parts.logger.info("finalizer started", metadata: ["worker": "\(parts.node)"])
        onReady()
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await hear() }
                group.addTask { await rescueRepeatedly() }
                for _ in 0..<parts.settings.concurrency { group.addTask { await work() } }
            }
        }
    }

    private func hear() async {
        for await _ in parts.listener.events(on: "tussock_jobs") { wake.fire(.jobs) }
    }

    private func work() async {
        while !Task.isCancelled {
            let ticket = wake.ticket(for: .jobs)
            let jobs = await claim(atMost: 1)
            for job in jobs { await finish(job) }
            if jobs.isEmpty { _ = await ticket.wait(atMost: parts.settings.poll) }
        }
    }

    private func claim(atMost limit: Int) async -> [Job] {
        do {
            return try await parts.pool.query(
                ClaimJobs(worker: parts.node, limit: limit, leaseSeconds: parts.settings.leaseSeconds))
        } catch {
            if !Task.isCancelled { parts.logger.warning("no job could be claimed", metadata: ["error": "\(error)"]) }
            return []
        }
    }

    /// Claims what is due, up to the concurrency, and runs it to its end; gives how many jobs that were.
    package func runOnce() async -> Int {
        let jobs = await claim(atMost: parts.settings.concurrency)
        await withDiscardingTaskGroup { group in
            for job in jobs { group.addTask { await finish(job) } }
        }
        return jobs.count
    }

    private func rescueRepeatedly() async {
        while !Task.isCancelled {
            do {
                try await rescue()
            } catch {
                if !Task.isCancelled {
                    parts.logger.warning("lost jobs could not be looked for", metadata: ["error": "\(error)"])
                }
            }
            try? await Task.sleep(for: parts.settings.heartbeat)
        }
    }

    /// Puts back the jobs of workers that died.
    package func rescue() async throws {
        for id in try await parts.pool.query(RescueJobs()) {
            parts.logger.warning("a worker was lost; its job runs again", metadata: ["job": "\(id)"])
            Measured.attempts.add(.lost)
        }
    }
}
