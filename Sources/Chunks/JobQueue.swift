internal import Glibc

/// First in, first out, for many threads; a `Mutex` has no condition to wait for, hence pthread's.
final class JobQueue: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // All below is guarded by `lock`.
    private var incoming: [UnownedJob] = []
    /// The older jobs, reversed, so that taking the first is a `popLast`.
    private var outgoing: [UnownedJob] = []
    private var threads: Int
    private var isStopped = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(threads: Int) {
        self.threads = threads
        lock.initialize(to: pthread_mutex_t())
        filled.initialize(to: pthread_cond_t())
        pthread_mutex_init(lock, nil)
        pthread_cond_init(filled, nil)
    }

    deinit {
        pthread_cond_destroy(filled)
        pthread_mutex_destroy(lock)
        filled.deallocate()
        lock.deallocate()
    }

    /// False if the queue was stopped: then the job is still the caller's.
    func append(_ job: UnownedJob) -> Bool {
        locked {
            guard !isStopped else { return false }
            incoming.append(job)
            pthread_cond_signal(filled)
            return true
        }
    }

    /// The next job, as soon as there is one; nil if the queue was stopped and is empty.
    func next() -> UnownedJob? {
        locked {
            while incoming.isEmpty && outgoing.isEmpty && !isStopped { pthread_cond_wait(filled, lock) }
            if outgoing.isEmpty {
                outgoing = incoming.reversed()
                incoming.removeAll(keepingCapacity: true)
            }
            return outgoing.popLast()
        }
    }

    func stop(whenDrained continuation: CheckedContinuation<Void, Never>) {
        let isOver = locked {
            isStopped = true
            pthread_cond_broadcast(filled)
            if threads > 0 { waiters.append(continuation) }
            return threads == 0
        }
        if isOver { continuation.resume() }
    }

    /// The caller is one of the threads and takes no more jobs.
    func threadEnds() {
        let finished = locked {
            threads -= 1
            guard threads == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { waiters = [] }
            return waiters
        }
        for continuation in finished { continuation.resume() }
    }

    private func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }
}
