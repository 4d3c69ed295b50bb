import Foundation
import Logging
import ServiceLifecycle

/// Ends a process that cannot end: one whose volume hangs in the middle of a call. Nothing that it has not committed
/// was acknowledged, and what it holds is taken by force.
struct LastResort: Service {
    /// Counted from the begin of the shutdown.
    static let patience: TimeInterval = 15

    let logger: Logger

    func run() async throws {
        await withGracefulShutdownHandler {
            try? await gracefulShutdown()
        } onGracefulShutdown: { [logger] in
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: Self.patience)
                logger.error("something hangs, probably the volume; ending without it")
                exit(75)
            }
        }
    }
}
