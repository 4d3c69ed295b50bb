import Foundation
import Synchronization
import TestSupport

/// Carries out the plan. A fault that cannot come now, such as the kill of a process that is just being restarted, is
/// passed over and not counted.
final class FaultDriver: Sendable {
    private let cluster: FaultCluster
    private let plan: FaultPlan
    private let start = ContinuousClock.now
    private let done = Mutex<[String]>([])
    private let counts = Mutex<[FaultCategory: Int]>([:])
    private let databaseIsBusy = Mutex(false)
    private let cannotStart: @Sendable (String) -> Void

    /// - Parameter cannotStart: told of a process that does not start again.
    init(_ cluster: FaultCluster, _ plan: FaultPlan, cannotStart: @escaping @Sendable (String) -> Void) {
        (self.cluster, self.plan, self.cannotStart) = (cluster, plan, cannotStart)
    }

    /// The faults that came so far, with their times, oldest first.
    var history: [String] { done.withLock { $0 } }

    /// Faults that came. Those of the volume and lost answers are counted when a call or a statement met them.
    var survived: [FaultCategory: Int] {
        var counts = counts.withLock { $0 }
        counts[.answerLost] = cluster.members.reduce(0) { $0 + $1.relay.answersLost }
        return counts
    }

    /// Calls on the volume that failed or stalled, by kind.
    var volumeCalls: [VolumeRule.Call: Int] {
        cluster.members.reduce(into: [:]) { $0.merge($1.control.fired, uniquingKeysWith: +) }
    }

    /// Returns when all have come and gone.
    func run() async {
        await withDiscardingTaskGroup { group in
            for planned in plan.faults {
                do {
                    try await Pace.pause(until: start + planned.at)
                } catch {
                    return
                }
                group.addTask { await self.carryOut(planned) }
            }
        }
    }

    /// Looks for processes that ended by themselves, and starts them again.
    func watch(_ ended: @escaping @Sendable (String) -> Void) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for member in cluster.members {
                    guard let process = member.unexpectedEnd(), member.beginRestart() else { continue }
                    group.addTask {
                        defer { member.endRestart() }
                        let ending = (try? await process.end()).map { "\($0)" } ?? "?"
                        let log = process.log.split(separator: "\n").suffix(60).joined(separator: "\n    ")
                        ended("\(member.name) ended by itself (\(ending)):\n    \(log)")
                        try? await self.cluster.startAgain(member, within: .seconds(120))
                    }
                }
                await Pace.pause(200)
            }
        }
    }

    private func carryOut(_ planned: PlannedFault) async {
        do {
            if try await happen(planned.fault) { return }
            done.withLock { $0.append("\(planned) (passed over)") }
        } catch is CancellationError {
        } catch {
            cannotStart("after \(planned): \(error)")
        }
    }

    private func came(_ fault: Fault) {
        let time = (ContinuousClock.now - start).inSeconds
        done.withLock { $0.append("\(time) \(fault)") }
        counts.withLock { $0[fault.category, default: 0] += 1 }
    }

    private func happen(_ fault: Fault) async throws -> Bool {
        switch fault {
        case .kill(let name, let pause): return try await restart(name, pause, fault, SIGKILL)
        case .terminate(let name, let pause): return try await restart(name, pause, fault, SIGTERM)
        case .stop(let name, let time):
            guard let life = cluster[name].stop() else { return false }
            came(fault)
            await Pace.pause(time)
            cluster[name].resume(life: life)
        case .restartDatabase(let immediate, let down):
            return try await onDatabase(fault) {
                try await cluster.server.stop(immediate: immediate)
                await Pace.pause(down)
                try await cluster.server.startAgain()
            }
        case .pauseDatabase(let time):
            return try await onDatabase(fault) {
                try cluster.server.pause()
                await Pace.pause(time)
                try cluster.server.resume()
            }
        default: easily(fault)
        }
        return true
    }

    /// Faults that take one order and no waiting.
    private func easily(_ fault: Fault) {
        came(fault)
        switch fault {
        case .cut(let name): cluster[name].relay.cut()
        case .refuse(let name, let time): cluster[name].relay.refuse(for: .milliseconds(time))
        case .stall(let name, let time): cluster[name].relay.stall(for: .milliseconds(time))
        case .loseAnswer(let name, let statement): cluster[name].relay.loseAnswer(to: statement)
        case .volume(let name, let rule): cluster[name].control.arm(rule)
        case .kill, .terminate, .stop, .restartDatabase, .pauseDatabase: break
        }
    }

    private func onDatabase(_ fault: Fault, _ body: () async throws -> Void) async throws -> Bool {
        let isFree = databaseIsBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFree else { return false }
        defer { databaseIsBusy.withLock { $0 = false } }
        came(fault)
        try await body()
        return true
    }

    private func restart(_ name: MemberName, _ pause: Int, _ fault: Fault, _ signal: Int32) async throws -> Bool {
        let member = cluster[name]
        guard member.beginRestart() else { return false }
        defer { member.endRestart() }
        came(fault)
        if let process = member.process {
            process.signal(signal)
            if signal == SIGTERM { try await endGracefully(process, member) } else { _ = try await process.end() }
        }
        await Pace.pause(pause)
        try await cluster.startAgain(member, within: .seconds(120))
        return true
    }

    /// A graceful end may take its grace of 10 s, and longer while the process is stopped or cut off.
    private func endGracefully(_ process: SpawnedProcess, _ member: Member) async throws {
        do {
            _ = try await process.end(within: .seconds(15))
        } catch {
            process.signal(SIGKILL)
            _ = try await process.end()
        }
    }
}
