import Foundation
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#endif

/// Ends a process that `tussock up` started when `up` ends, however that ends: `up` holds the other end of standard
/// input, and the kernel closes it.
struct ParentWatch: Service {
    /// Returns when standard input ends, or at shutdown.
    func run() async throws {
        let (ended, end) = AsyncStream<Void>.makeStream()
        // A thread of its own that waits in read(2), and is left there when the process ends for another reason.
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            end.finish()
        }
        await cancelWhenGracefulShutdown {
            for await _ in ended {}
        }
    }
}
