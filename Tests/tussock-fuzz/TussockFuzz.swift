import ArgumentParser
import Foundation
import Fuzzing

/// The parsers under garbage for as long as wanted; `Tests/FuzzTests` does the same for some seconds.
@main
struct TussockFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tussock-fuzz",
        abstract: "Feed every parser with mutated input, and hold what it makes of it against its promises.",
        discussion: """
            Exit code 1 with the input when a promise did not hold, 2 when an input took longer than --hang. After a \
            crash the last input stands in the file of --last-input. The same seed gives the same inputs.
            """)

    @Option(help: "How long: 30s, 10m, 1h.") var duration = "1m"
    @Option var seed: UInt64 = 1
    @Option(help: "Only this parser; may be repeated.") var only: [String] = []
    @Option(help: "Seconds after which an input counts as a hang.") var hang = 10
    @Option(help: "Where each input is written before it runs.") var lastInput = "/tmp/tussock-fuzz-last-input"
    @Flag(help: "Print the names of the parsers.") var list = false

    /// How long one parser has its turn.
    private static let turn: Duration = .milliseconds(250)

    func run() throws {
        if list { return say(FuzzTarget.all.map(\.name).joined(separator: "\n")) }
        let path = lastInput
        let watch = try HangWatch(limit: .seconds(hang), path: path) { finding in
            say("HANG \(finding)")
            Self.exit(withError: ExitCode(2))
        }
        var runs = try targets().map { FuzzRun($0, seed: seed) }
        say("\(runs.count) parsers, seed \(seed), \(duration); the running input is in \(path)")
        let end = ContinuousClock.now.advanced(by: try parsedDuration())
        do {
            for index in runs.indices { try runs[index].runSamples() }
            while ContinuousClock.now < end {
                for index in runs.indices { try take(turn: &runs[index], watch, until: end) }
            }
        } catch let finding as Finding {
            report(runs)
            say("BROKEN \(finding)")
            throw ExitCode(1)
        }
        report(runs)
    }

    /// At once, also when standard output is a file.
    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }

    private func take(turn run: inout FuzzRun, _ watch: HangWatch, until end: ContinuousClock.Instant) throws {
        let stop = min(end, .now.advanced(by: Self.turn))
        let name = run.target.name
        repeat {
            try run.step { watch.begins(name, $0) }
            watch.ends()
        } while ContinuousClock.now < stop
    }

    private func report(_ runs: [FuzzRun]) {
        for run in runs {
            let name = run.target.name.padding(toLength: 22, withPad: " ", startingAt: 0)
            say("\(name) \(run.executions) executions, \(run.accepted) accepted")
        }
        say("in all \(runs.reduce(0) { $0 + $1.executions }) executions")
    }

    private func targets() throws -> [FuzzTarget] {
        if only.isEmpty { return FuzzTarget.all }
        return try only.map { name in
            guard let target = FuzzTarget.named(name) else {
                let known = FuzzTarget.all.map(\.name).joined(separator: ", ")
                throw ValidationError("--only \(name): it must be one of \(known)")
            }
            return target
        }
    }

    func validate() throws {
        _ = try parsedDuration()
        _ = try targets()
        guard hang > 0 else { throw ValidationError("--hang \(hang): it must be at least 1") }
    }

    private func parsedDuration() throws -> Duration {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
        guard let unit = duration.last.flatMap({ units[$0] }), let count = Int(duration.dropLast()), count > 0 else {
            throw ValidationError("--duration \(duration): it must be like 90s, 30m or 1h")
        }
        return .seconds(count * unit)
    }
}
