import CLibPQ
import Glibc
import Synchronization

/// One thread that waits for all libpq sockets at once and resumes the task whose socket is ready or whose time is up.
///
/// NIO cannot watch a descriptor that libpq owns, and a cooperative thread must not block, so this is the only place in
/// the program that sleeps in `epoll_wait`. Registrations are one-shot: a slot waits only while a task waits for it.
final class SocketReadiness: Sendable {
    static let shared = SocketReadiness()

    enum Wake: Equatable, Sendable {
        case ready, deadline, interrupted
        /// epoll refused the descriptor; the value is errno.
        case failed(Int32)
    }

    struct Interest: OptionSet, Sendable {
        let rawValue: UInt32
        static let read = Interest(rawValue: EPOLLIN.rawValue)
        static let write = Interest(rawValue: EPOLLOUT.rawValue)
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Wake, Never>
        let deadline: ContinuousClock.Instant?
        let isInterruptible: Bool
    }

    private struct Slot {
        /// Tells an event for this wait from a late one for an earlier wait, or for an earlier socket of the same
        /// number.
        var round: UInt32 = 0
        var waiter: Waiter?
        var isInterrupted = false
    }

    private struct State {
        var slots: [UInt32: Slot] = [:]
        var lastSlot: UInt32 = 0
        /// When the thread wakes by itself. It is never moved later before it has come, so that a statement on an idle
        /// process costs no wake-up call: at worst the thread looks around once for nothing.
        var nextLook: ContinuousClock.Instant?
    }

    private let epoll = epoll_create1(O_CLOEXEC)
    private let doorbell = eventfd(0, O_CLOEXEC | O_NONBLOCK)
    private let isRunning = Atomic(false)
    private let state = Mutex(State())
    private static let doorbellToken = UInt64.max

    private init() {
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: Self.doorbellToken))
        epoll_ctl(epoll, EPOLL_CTL_ADD, doorbell, &event)
        // Without a thread every wait fails at once instead of never ending.
        isRunning.store(BlockingThread.start { self.run() }, ordering: .releasing)
    }

    func makeSlot() -> UInt32 {
        state.withLock { state in
            repeat { state.lastSlot &+= 1 } while state.slots[state.lastSlot] != nil || state.lastSlot == .max
            state.slots[state.lastSlot] = Slot()
            return state.lastSlot
        }
    }

    func removeSlot(_ slot: UInt32) {
        state.withLock { _ = $0.slots.removeValue(forKey: slot) }
    }

    /// Waits until the descriptor is ready, the deadline has come, or `interrupt` was called (also if it was called
    /// before). One task at a time per slot. Task cancellation does not end the wait.
    func wait(
        _ slot: UInt32, descriptor: Int32, for interest: Interest, until deadline: ContinuousClock.Instant?,
        interruptible: Bool = false
    ) async -> Wake {
        await withCheckedContinuation { continuation in
            let waiter = Waiter(continuation: continuation, deadline: deadline, isInterruptible: interruptible)
            let answer = state.withLock { register(waiter, slot, descriptor, interest, in: &$0) }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// The answer when there is one at once. epoll is armed under the lock, so that an event finds its waiter.
    private func register(
        _ waiter: Waiter, _ number: UInt32, _ descriptor: Int32, _ interest: Interest, in state: inout State
    ) -> Wake? {
        guard isRunning.load(ordering: .acquiring), var slot = state.slots[number] else { return .failed(EBADF) }
        if waiter.isInterruptible, slot.isInterrupted {
            state.slots[number]?.isInterrupted = false
            return .interrupted
        }
        slot.round &+= 1
        slot.waiter = waiter
        let token = UInt64(number) << 32 | UInt64(slot.round)
        var event = epoll_event(events: interest.rawValue | EPOLLONESHOT.rawValue, data: epoll_data(u64: token))
        if epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) != 0,
            epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0
        {
            return .failed(errno)
        }
        state.slots[number] = slot
        if let deadline = waiter.deadline, state.nextLook.map({ deadline < $0 }) ?? true {
            state.nextLook = deadline
            eventfd_write(doorbell, 1)
        }
        return nil
    }

    /// Ends an interruptible wait on the slot, now or when it begins.
    func interrupt(_ number: UInt32) {
        let waiter: Waiter? = state.withLock { state in
            guard let waiter = state.slots[number]?.waiter, waiter.isInterruptible else {
                state.slots[number]?.isInterrupted = true
                return nil
            }
            state.slots[number]?.waiter = nil
            return waiter
        }
        waiter?.continuation.resume(returning: .interrupted)
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), timeout())
            let ready = count > 0 ? events[..<Int(count)].map(\.data.u64) : []
            for (waiter, wake) in state.withLock({ take(ready, from: &$0) }) {
                waiter.continuation.resume(returning: wake)
            }
        }
    }

    private func timeout() -> Int32 {
        guard let next = state.withLock({ $0.nextLook }) else { return -1 }
        return Int32(clamping: max(0, ContinuousClock.now.duration(to: next).milliseconds))
    }

    private func take(_ ready: [UInt64], from state: inout State) -> [(Waiter, Wake)] {
        var woken: [(Waiter, Wake)] = []
        for token in ready {
            if token == Self.doorbellToken {
                var rings: eventfd_t = 0
                eventfd_read(doorbell, &rings)
            } else if let waiter = takeWaiter(token, from: &state) {
                woken.append((waiter, .ready))
            }
        }
        return woken + takeLate(from: &state)
    }

    private func takeWaiter(_ token: UInt64, from state: inout State) -> Waiter? {
        let number = UInt32(token >> 32)
        guard let slot = state.slots[number], slot.round == UInt32(truncatingIfNeeded: token) else { return nil }
        state.slots[number]?.waiter = nil
        return slot.waiter
    }

    private func takeLate(from state: inout State) -> [(Waiter, Wake)] {
        let now = ContinuousClock.now
        guard let nextLook = state.nextLook, nextLook <= now else { return [] }
        var late: [(Waiter, Wake)] = []
        state.nextLook = nil
        for (number, slot) in state.slots {
            guard let waiter = slot.waiter, let deadline = waiter.deadline else { continue }
            if deadline <= now {
                state.slots[number]?.waiter = nil
                late.append((waiter, .deadline))
            } else if state.nextLook.map({ deadline < $0 }) ?? true {
                state.nextLook = deadline
            }
        }
        return late
    }
}
