import Logging
import Meters
import Postgres
import ServiceLifecycle
import Synchronization
import Uploads

/// Takes jobs and runs them, several at once, until shutdown; then the running ones stop at their next step and give
/// their attempt back.
///
/// Woken by NOTIFY `tussock_jobs`, with a slow poll behind it, since a notification may be lost.
package struct Worker: Service {
    let parts: FinalizerParts
    let wake = Signals<Wake>()

    private let onReady: @Sendable () -> Void

    enum Wake: Hashable {
        /// A job may be due, or a slot is free.
        case jobs
        /// Somebody cancelled this one.
        case job(Int64)
    }

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
                await dispatch(&group)
            }
        }
    }

    private func hear() async {
        for await event in parts.listener.events(on: "tussock_jobs") {
            if case .notification(_, let payload) = event, payload.hasPrefix("cancel "),
                let id = Int64(payload.dropFirst(7))
            {
                wake.fire(.job(id))
            } else {
                wake.fire(.jobs)
            }
        }
    }

    /// Where several jobs came at once, more are gathered for so long before the next claim.
    private static let gathering: Duration = .milliseconds(3)

    /// Takes jobs while there are free slots, and waits when there is nothing to take.
    private func dispatch(_ group: inout DiscardingTaskGroup) async {
        let slots = Running(parts.settings)
        while !Task.isCancelled {
            let ticket = wake.ticket(for: .jobs)
            guard let next = slots.next(), let taken = await claim(next) else {
                _ = await ticket.wait(atMost: parts.settings.poll)
                continue
            }
            for run in slots.take(taken.compactMap(\.self), of: next) {
                group.addTask {
                    let isSmooth = await work(run)
                    if slots.free(run) || !isSmooth { wake.fire(.jobs) }
                }
            }
            guard taken.count < next.limit else { continue }
            _ = await ticket.wait(atMost: parts.settings.poll)
            if taken.count > 1 { try? await Task.sleep(for: Self.gathering) }
        }
    }

    /// The slots as the tasks of the jobs share them.
    private final class Running: Sendable {
        private struct State {
            var slots: Slots
            /// Jobs may be due that the last claim had no slots for.
            var mayBeMore = true
        }

        private let state: Mutex<State>

        init(_ settings: FinalizerSettings) {
            state = Mutex(State(slots: Slots(concurrency: settings.concurrency, batch: settings.batch)))
        }

        func next() -> Slots.Next? {
            state.withLock { state in
                state.mayBeMore = true
                return state.slots.next
            }
        }

        func take(_ jobs: [ClaimedJob], of asked: Slots.Next) -> [[ClaimedJob]] {
            state.withLock { state in
                state.mayBeMore = asked.onlySmall || jobs.count >= asked.limit
                return state.slots.take(jobs)
            }
        }

        /// Whether there may be a job for the slot.
        func free(_ run: [ClaimedJob]) -> Bool {
            state.withLock { state in
                state.slots.free(run)
                return state.mayBeMore
            }
        }
    }

    /// nil for a job that was parked since its folder is paused; nil for all when the claim failed.
    ///
    /// A claim that has been sent is waited for, also while this worker stops: the jobs that it got are given back at
    /// once. One that was broken off could have got them all the same, and they would lie until their lease ends.
    private func claim(_ next: Slots.Next) async -> [ClaimedJob?]? {
        let statement = ClaimJobs(
            worker: parts.node, limit: next.limit, renames: next.renames, leaseSeconds: parts.settings.leaseSeconds,
            mostBytes: next.onlySmall ? Slots.smallBytes : nil)
        let claim: Task<[ClaimedJob?]?, Never> = Task {
            do {
                return try await parts.pool.query(statement)
            } catch let error as PostgresError where error.sqlState == "23503" {
                return nil
            } catch {
                parts.logger.warning("no job could be claimed", metadata: ["error": "\(error)"])
                return nil
            }
        }
        return await claim.value
    }

    /// Claims what is due, up to the concurrency, and runs it to its end; gives how many jobs that were.
    package func runOnce() async -> Int {
        let next = Slots.Next(limit: parts.settings.concurrency, onlySmall: false, renames: 0)
        let jobs = await claim(next)?.compactMap(\.self) ?? []
        await withDiscardingTaskGroup { group in
            for job in jobs { group.addTask { await work([job]) } }
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

    /// Puts back the jobs of workers that died, and moves up those that have waited for long.
    package func rescue() async throws {
        try await parts.pool.execute(AgeJobs())
        for id in try await parts.pool.query(RescueJobs()) {
            parts.logger.warning("a worker was lost; its job runs again", metadata: ["job": "\(id)"])
            Measured.attempts.add(.lost)
        }
    }
}
