import Foundation
import Synchronization

/// A TCP relay on 127.0.0.1 between one process and PostgreSQL, which can cut, refuse, stall and lose answers.
///
/// One thread turns it. It listens on one port for all its life.
package final class DatabaseRelay: Sendable {
    struct Orders: Sendable {
        var cuts = false
        var ends = false
        var refusesUntil = ContinuousClock.now
        var stallsUntil = ContinuousClock.now
        /// How long every message takes, in either direction.
        var delay = Duration.zero
        /// Statements of which the next answer is to be lost, by the beginning of their prepared names.
        var losing: [String] = []
    }

    package let port: Int
    private let target: Int
    /// Keeps the port while nothing listens on it.
    private let reservation: Int32
    private let orders = Mutex(Orders())
    private let lost = Atomic(0)

    /// - Parameter target: PostgreSQL's port.
    package init(to target: Int) throws {
        self.target = target
        (reservation, port) = try RelaySocket.reserve()
        Thread.detachNewThread { [self] in turn() }
    }

    /// Ends every connection with a RST.
    func cut() { orders.withLock { $0.cuts = true } }

    /// The same, and the kernel refuses new ones for so long.
    package func refuse(for time: Duration) {
        orders.withLock { ($0.cuts, $0.refusesUntil) = (true, .now + time) }
    }

    /// Whether new connections are still refused.
    package var isRefusing: Bool { orders.withLock { $0.refusesUntil > .now } }

    /// Makes the database slow from now on: every message arrives that much later.
    package func delay(by time: Duration) { orders.withLock { $0.delay = time } }

    func stall(for time: Duration) { orders.withLock { $0.stallsUntil = .now + time } }

    func loseAnswer(to statement: String) { orders.withLock { $0.losing.append(statement) } }

    /// Answers that were lost so far.
    var answersLost: Int { lost.load(ordering: .relaxed) }

    /// No trouble from now on.
    func heal() { orders.withLock { $0 = Orders() } }

    package func end() { orders.withLock { $0.ends = true } }

    // MARK: The thread

    private func turn() {
        var lines: [RelayedConnection] = []
        var listener: Int32?
        while true {
            let now = ContinuousClock.now
            let orders = orders.withLock { orders in
                defer { orders.cuts = false }
                return orders
            }
            if orders.cuts || orders.ends {
                for line in lines { line.close() }
                lines = []
            }
            listen(&listener, wanted: orders.refusesUntil <= now && !orders.ends)
            if orders.ends { break }
            if orders.stallsUntil > now {
                _ = poll(nil, 0, 5)
            } else {
                step(&lines, listener, orders.delay)
            }
        }
        close(reservation)
    }

    private func listen(_ listener: inout Int32?, wanted: Bool) {
        if wanted, listener == nil { listener = RelaySocket.listen(on: port) }
        if !wanted, let open = listener {
            close(open)
            listener = nil
        }
    }

    private func step(_ lines: inout [RelayedConnection], _ listener: Int32?, _ delay: Duration) {
        var polls = lines.flatMap(\.polls)
        if let listener { polls.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0)) }
        // Without an event there may still be something that has been delayed for long enough.
        guard poll(&polls, nfds_t(polls.count), 10) > 0 || delay > .zero else { return }
        for (index, line) in lines.enumerated() {
            line.move(client: polls[2 * index].revents, server: polls[2 * index + 1].revents, delay, losesAnswer)
        }
        lines.removeAll { line in
            if line.isOver { line.close() }
            return line.isOver
        }
        if let listener, polls.last?.revents != 0 { accept(from: listener, &lines) }
    }

    private func accept(from listener: Int32, _ lines: inout [RelayedConnection]) {
        guard let client = RelaySocket.accept(listener) else { return }
        guard let server = RelaySocket.connect(to: target) else { return RelaySocket.reset(client) }
        lines.append(RelayedConnection(client: client, server: server))
    }

    /// Whether the answer to this request is to be lost; the order is used up.
    private func losesAnswer(_ request: [UInt8]) -> Bool {
        orders.withLock { orders in
            // `B`: Bind comes first when a prepared statement is run; its text names the statement.
            guard !orders.losing.isEmpty, request.first == UInt8(ascii: "B") else { return false }
            let found = orders.losing.firstIndex { RelaySocket.contains(request.prefix(256), Array("\($0)_".utf8)) }
            guard let found else { return false }
            orders.losing.remove(at: found)
            lost.add(1, ordering: .relaxed)
            return true
        }
    }
}
