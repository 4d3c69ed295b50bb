import Chunks
import Glibc
import TestSupport

/// One fault to try at call 1, 2, 3 ….
struct Fault: Sendable, CustomStringConvertible {
    let mode: FaultPlan.Mode
    let errno: Int32

    static let all: [Fault] = FaultPlan.Mode.allCases.flatMap { mode in
        [ENOSPC, EIO, EROFS].map { Fault(mode: mode, errno: $0) }
    }

    var description: String { "\(mode) \(String(cString: strerror(errno)))" }

    /// Runs `step` with the fault at call 1, 2, 3 … until it passes without meeting it; the number of calls it makes.
    ///
    /// Each round has an id of its own. `after` gets the error, if the step threw one, and runs the step again.
    func sweep(
        _ test: TestVolume, prepare: (String) throws -> Void, step: (ChunkVolume, String) throws -> Void,
        after: (String, ChunkError?) throws -> Void
    ) throws -> Int {
        for call in 1..<10_000 {
            let id = randomID()
            try prepare(id)
            let plan = FaultPlan(call: call, mode: mode, errno: errno)
            var failure: ChunkError?
            do { try step(test.with(plan.operations), id) } catch let error as ChunkError { failure = error }
            try after(id, failure)
            guard plan.wasReached else { return call - 1 }
        }
        throw TestFailure(reason: "the step does not end")
    }
}
