import Logging
import Meters

extension Finalization {
    /// Runs one step of the attempt. Its duration goes to the metrics, and one line to the log, however it ends.
    func step<Result>(_ phase: Phase, _ body: () async throws -> Result) async throws -> Result {
        enter(phase)
        let begin = ContinuousClock.now
        do {
            let result = try await body()
            tell(phase, ContinuousClock.now - begin, nil)
            return result
        } catch {
            tell(phase, ContinuousClock.now - begin, error)
            throw error
        }
    }

    func tell(_ phase: Phase, _ duration: Duration, _ error: (any Error)?) {
        Measured.phases.record(phase, duration)
        var told = job.metadata
        told["phase"] = "\(phase.rawValue)"
        told["duration_ms"] = .stringConvertible(duration.milliseconds)
        told["result"] = error == nil ? "done" : "failed"
        told["error"] = error.map { "\($0)" }
        logger.info("job step", metadata: told)
    }
}
