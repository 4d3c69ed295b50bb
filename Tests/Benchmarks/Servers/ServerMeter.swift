import Foundation
import TestSupport

/// Reads what servers have used so far.
struct ServerMeter: Sendable {
    var fronts: [pid_t] = []
    var finalizers: [pid_t] = []
    var postmaster: pid_t?

    /// Processor seconds since they were started; of PostgreSQL with its backends, those that have ended included.
    func load() -> ServerLoad {
        ServerLoad(
            front: fronts.reduce(0) { $0 + Self.seconds(of: $1) },
            finalizer: finalizers.reduce(0) { $0 + Self.seconds(of: $1) },
            database: postmaster.map(Self.seconds(ofFamily:)) ?? 0)
    }

    private static func seconds(of pid: pid_t) -> Double {
        ProcessTable.processorTime(of: pid)?.own ?? 0
    }

    private static func seconds(ofFamily pid: pid_t) -> Double {
        let own = ProcessTable.processorTime(of: pid)
        let living = ProcessTable.descendants(of: pid).reduce(0) { $0 + seconds(of: $1) }
        return (own?.own ?? 0) + (own?.ended ?? 0) + living
    }

    /// From now on the peak is that of what comes. proc(5): clear_refs.
    func forgetPeak() {
        for pid in fronts { try? "5".write(toFile: "/proc/\(pid)/clear_refs", atomically: false, encoding: .utf8) }
    }

    /// MiB, of the front node that had most.
    func peak() -> Double? {
        fronts.compactMap { ProcessTable.peakMemory(of: $0) }.max().map { Double($0) / 1_048_576 }
    }
}
