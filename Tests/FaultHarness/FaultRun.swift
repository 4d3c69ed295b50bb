import Foundation
import TestSupport

/// One run: clients and faults at the same time, then healing, then the checks of the whole.
package struct FaultRun: Sendable {
    private let options: FaultOptions
    private let say: @Sendable (String) -> Void

    /// - Parameter say: gets a line at the start, every 10 s and for every phase.
    package init(_ options: FaultOptions, say: @escaping @Sendable (String) -> Void) {
        (self.options, self.say) = (options, say)
    }

    /// What a run found and how much it did.
    package struct Report: Sendable {
        package var numbers: Numbers
        package var violations: [Violation]
        /// The faults that came, with their times.
        package var faults: [String]
        /// The trace of the upload that took longest, from its first request to its last answer.
        package var slowest: [String]
        /// What led to each 409 that is put down to a request given up.
        package var overtaken: [String]
        /// The last lines of every process's log.
        package var logs: String
    }

    /// Throws when the cluster cannot be started at all.
    package func run() async throws -> Report {
        let cluster = try await FaultCluster.start(options) { say($0) }
        let plan = FaultPlan(options, withVolume: cluster.interposer != nil)
        say("seed \(options.seed): \(plan.faults.count) faults planned in \(options.duration)")
        let context = RunContext(options, cluster, Verdict(keepsGoing: options.keepsGoing))
        let driver = FaultDriver(cluster, plan) { reason in
            context.verdict.add(Violation(text: "a process does not start again \(reason)", trace: []))
        }
        await act(context, driver)
        let report = report(context, driver)
        if let folder = options.logFolder, !report.violations.isEmpty { keepLogs(cluster.folder.path, in: folder) }
        await cluster.end()
        return report
    }

    private func act(_ context: RunContext, _ driver: FaultDriver) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await tick(context, driver) }
            group.addTask {
                await driver.watch { context.verdict.add(Violation(text: $0, trace: [])) }
            }
            await load(context, driver)
            if !context.verdict.isOver {
                say("faults are over, checking: \(context.tally.now.line)")
                do {
                    try await FinalCheck(context).run()
                } catch {
                    context.verdict.add(Violation(text: "the checks failed: \(error)", trace: []))
                }
            }
            group.cancelAll()
        }
    }

    /// The clients go on while the faults come, and end their last uploads after the healing.
    private func load(_ context: RunContext, _ driver: FaultDriver) async {
        await withDiscardingTaskGroup { group in
            for client in 0..<options.clients { group.addTask { await uploads(of: client, context) } }
            await withTaskGroup(of: Void.self) { faults in
                faults.addTask { await driver.run() }
                faults.addTask {
                    while context.goesOn { await Pace.pause(100) }
                }
                // Either all faults are over, or a rule is broken.
                await faults.next()
                if context.verdict.isOver { faults.cancelAll() }
                await faults.waitForAll()
            }
            do {
                try await context.cluster.heal()
                context.isHealed()
            } catch {
                context.verdict.add(Violation(text: "a process does not start again: \(error)", trace: []))
            }
            if context.verdict.isOver { group.cancelAll() }
        }
    }

    private func uploads(of client: Int, _ context: RunContext) async {
        var number = 0
        while context.goesOn {
            var upload = UploadClient(context, client: client, number: number)
            await upload.run()
            number += 1
        }
    }

    private func tick(_ context: RunContext, _ driver: FaultDriver) async {
        while true {
            do {
                try await Pace.pause(until: .now + .seconds(10))
            } catch {
                return
            }
            context.tally.count { $0.faults = driver.survived }
            say("\((ContinuousClock.now - context.start).inSeconds) \(context.tally.now.line)")
        }
    }

    private func report(_ context: RunContext, _ driver: FaultDriver) -> Report {
        var numbers = context.tally.now
        numbers.faults = driver.survived
        for (call, count) in driver.volumeCalls where count > 0 { numbers.volumeCalls["\(call)"] = count }
        let logs = (0..<options.fronts).map {
            (try? String(contentsOfFile: "\(context.cluster.folder.path)/front-\($0).log", encoding: .utf8)) ?? ""
        }
        numbers.forcedClaims = logs.reduce(0) { $0 + $1.components(separatedBy: "claim taken by force").count - 1 }
        return Report(
            numbers: numbers, violations: context.verdict.violations, faults: driver.history,
            slowest: context.all.max { $0.span < $1.span }?.now.trace ?? [], overtaken: context.allOvertaken,
            logs: context.cluster.folder.logs)
    }

    private func keepLogs(_ folder: String, in target: String) {
        let manager = FileManager.default
        try? manager.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".log") {
            try? manager.removeItem(atPath: "\(target)/\(name)")
            try? manager.copyItem(atPath: "\(folder)/\(name)", toPath: "\(target)/\(name)")
        }
    }
}
