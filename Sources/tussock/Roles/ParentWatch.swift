import Foundation
import ServiceLifecycle

/// Ends a process that `tussock up` started when `up` ends, however that ends: `up` holds the other end of standard
/// input, and the kernel closes it.
struct ParentWatch: Service {
    static func services(_ isWanted: Bool) -> [any Service] {
        isWanted ? [ParentWatch()] : []
    }

    func run() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        FileHandle.standardInput.readabilityHandler = { handle in
            if handle.availableData.isEmpty {
                handle.readabilityHandler = nil
                end.finish()
            }
        }
        await cancelWhenGracefulShutdown {
            for await _ in ended {}
        }
        FileHandle.standardInput.readabilityHandler = nil
    }
}
