import Glibc

/// A thread of its own for a call that may block (name lookup, PQcancel), so that no cooperative thread ever does.
///
/// Such calls are rare and their number is bounded by the number of connections, so nothing is pooled.
enum BlockingThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a detached thread; false when the system has no thread left, and then `body` does not run.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let work = Unmanaged.passRetained(Work(body))
        let isStarted = create(work.toOpaque())
        if !isStarted { work.release() }
        return isStarted
    }

    private static func create(_ work: UnsafeMutableRawPointer) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread: pthread_t = 0
        return pthread_create(&thread, &attributes, runWork, work) == 0
    }

    fileprivate static func run(_ work: UnsafeMutableRawPointer) {
        Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body()
    }
}

private func runWork(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let work { BlockingThread.run(work) }
    return nil
}
