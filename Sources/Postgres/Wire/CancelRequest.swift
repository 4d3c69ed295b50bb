import CLibPQ
import Synchronization

/// libpq's cancel data, a copy of the connection's address and key, good for one PQcancel on any thread.
///
/// Unchecked, because the pointer is not Sendable: it is written once here, PQcancel only reads it and is documented as
/// safe in any thread (manual, section 34.7), and `deinit` frees it after the last use.
final class CancelHandle: @unchecked Sendable {
    private let raw: OpaquePointer

    init(_ raw: OpaquePointer) {
        self.raw = raw
    }

    deinit {
        PQfreeCancel(raw)
    }

    /// Blocks until the server has passed the request on; for as long as the server likes if it is hung.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        PQcancel(raw, &message, Int32(message.count))
    }
}

/// The cancelling of one statement, sent at most once.
///
/// The server takes a cancel for whatever the connection runs at that moment. So a connection goes on to its next
/// statement only after the request is known to be over: `settled` says so, or that nobody can tell.
final class CancelRequest: Sendable {
    private let sent = Mutex(false)
    private let done = Latch()

    var wasSent: Bool { sent.withLock { $0 } }

    func send(_ handle: CancelHandle?) {
        let isFirst = sent.withLock { sent in
            defer { sent = true }
            return !sent
        }
        guard isFirst else { return }
        let started = handle.map { handle in
            BlockingThread.start {
                handle.send()
                self.done.open()
            }
        }
        if started != true { done.open() }
    }

    /// True when no cancel is under way any more; false when it still was at the deadline.
    func settled(by deadline: ContinuousClock.Instant) async -> Bool {
        wasSent ? await done.wait(until: deadline) : true
    }
}
