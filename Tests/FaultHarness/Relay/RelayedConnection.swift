import Foundation

/// Two sockets and what is on its way between them. Used by the relay's thread only.
final class RelayedConnection {
    private let client: Int32
    private let server: Int32
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    /// Before these moments what is on its way is not passed on.
    private var (dueAtServer, dueAtClient) = (ContinuousClock.now, ContinuousClock.now)
    private var losesNextAnswer = false
    private(set) var isOver = false

    init(client: Int32, server: Int32) { (self.client, self.server) = (client, server) }

    /// What to wait for at the client's socket, then at the server's: more is read only when the last was passed on.
    var polls: [pollfd] {
        let now = ContinuousClock.now
        return [
            poll(client, reads: toServer.isEmpty, writes: !toClient.isEmpty && dueAtClient <= now),
            poll(server, reads: toClient.isEmpty, writes: !toServer.isEmpty && dueAtServer <= now),
        ]
    }

    /// A socket that nothing is wanted of is not looked at: its end would be told again and again.
    private func poll(_ descriptor: Int32, reads: Bool, writes: Bool) -> pollfd {
        let events = Int16((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))
        return pollfd(fd: events == 0 ? -1 : descriptor, events: events, revents: 0)
    }

    /// - Parameters:
    ///   - delay: how long it takes to pass on what is read now.
    ///   - losesAnswer: asked for every request.
    func move(
        client clientEvents: Int16, server serverEvents: Int16, _ delay: Duration, _ losesAnswer: ([UInt8]) -> Bool
    ) {
        let failure = Int16(POLLERR | POLLHUP | POLLNVAL)
        if toServer.isEmpty, clientEvents & (Int16(POLLIN) | failure) != 0 {
            (toServer, dueAtServer) = (read(client), .now + delay)
            if !toServer.isEmpty, losesAnswer(toServer) { losesNextAnswer = true }
        }
        if toClient.isEmpty, serverEvents & (Int16(POLLIN) | failure) != 0 {
            (toClient, dueAtClient) = (read(server), .now + delay)
            if losesNextAnswer, !toClient.isEmpty {
                // The server has done what it was asked; nobody is told.
                (toClient, isOver) = ([], true)
            }
        }
        let now = ContinuousClock.now
        if dueAtServer <= now { write(&toServer, to: server) }
        if dueAtClient <= now { write(&toClient, to: client) }
    }

    private func read(_ descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { isOver = true }
        return count > 0 ? Array(buffer[..<count]) : []
    }

    private func write(_ bytes: inout [UInt8], to descriptor: Int32) {
        guard !bytes.isEmpty else { return }
        let count = send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        if count > 0 { bytes.removeFirst(count) } else if errno != EAGAIN && errno != EINTR { isOver = true }
    }

    func close() {
        RelaySocket.reset(client)
        RelaySocket.reset(server)
    }
}
