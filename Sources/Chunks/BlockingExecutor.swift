internal import CFileCalls
internal import Glibc

/// Threads of our own for calls that block: a `TaskExecutor`.
///
/// `withTaskExecutorPreference(executor) { … }` runs its code here, so that a slow volume stops neither an event loop
/// nor Swift's cooperative pool. When all threads are busy, work waits in a queue; whoever feeds it bounds it.
/// The threads live until `shutdown`. Work that comes after that runs on the cooperative pool rather than never.
package final class BlockingExecutor: TaskExecutor, Sendable {
    private let queue: JobQueue

    /// `name` is seen in `top -H` and in debuggers; Linux cuts it to 15 bytes. At least one thread is made.
    package init(threads: Int, name: String) {
        let count = max(threads, 1)
        self.queue = JobQueue(threads: count)
        for _ in 0..<count {
            Self.startThread { [self] in
                tussock_name_this_thread(name)
                work()
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !queue.append(job) { globalConcurrentExecutor.enqueue(job) }
    }

    /// Runs `body` on one of the threads and gives its result; the caller's thread is free meanwhile.
    @concurrent
    package func run<R: Sendable>(_ body: @Sendable () throws -> R) async throws -> R {
        try await withTaskExecutorPreference(self) { try body() }
    }

    /// Lets everything that waits in the queue run, then ends the threads; returns when the last has ended.
    ///
    /// A task that is suspended elsewhere at that time goes on later, on the cooperative pool. May be called twice.
    package func shutdown() async {
        await withCheckedContinuation { queue.stop(whenDrained: $0) }
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        while let job = queue.next() { job.runSynchronously(on: executor) }
        queue.threadEnds()
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(ThreadBody(body))
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, runThread, box.toOpaque())
        precondition(failure == 0, "cannot make a thread: errno \(failure); raise the limit of threads (ulimit -u)")
        pthread_detach(thread)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
