package import Foundation
import Synchronization

/// A bare HTTP/1.1 connection to 127.0.0.1, for requests that are sent in halves, hang, or are cut.
///
/// Sending and reading may go on at the same time. What blocks does so on a thread of its own.
package final class HTTPConnection: Sendable {
    package enum Failure: Error, Equatable {
        /// The peer ended the connection, and there was no (whole) response to read.
        case closed
        case timedOut
        case malformed(String)
    }

    let descriptor: Int32
    private let isOpen = Mutex(true)
    let received = Mutex(Data())
    private let wantsNoBody = Mutex(false)

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { end(reset: false) }

    package static func open(_ port: Int) throws -> HTTPConnection {
        HTTPConnection(try LoopbackSocket.connected(to: port))
    }

    /// Sends a request's head: `PATCH /a/b HTTP/1.1`, then the fields and nothing else; and the begin of its body.
    package func sendHead(
        _ method: String, _ path: String, _ fields: [(String, String)], _ body: Data = Data()
    ) async throws {
        wantsNoBody.withLock { $0 = method == "HEAD" }
        let lines = ["\(method) \(path) HTTP/1.1"] + fields.map { "\($0.0): \($0.1)" }
        try await send(Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    /// Sends all of it. Throws `.closed` when the peer has ended the connection, `.timedOut` when it does not read.
    package func send(_ bytes: Data, within limit: Duration = .seconds(60)) async throws {
        let sent = try await onThread { try self.write(bytes, until: .now + limit) }
        guard sent == bytes.count else { throw Failure.closed }
    }

    /// A chunk of a chunked body; an empty one ends it.
    package func sendChunk(_ bytes: Data) async throws {
        try await send(Data("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Data("\r\n".utf8))
    }

    /// Sends `block` again and again until the peer ends the connection or `count` bytes are sent; gives how many the
    /// kernel took. A peer that does not read for `limit` ends it too.
    package func pour(_ block: Data, count: Int64, limit: Duration = .seconds(5)) async throws -> Int64 {
        try await onThread {
            var sent: Int64 = 0
            while sent < count {
                do {
                    let written = try self.write(block, until: .now + limit)
                    sent += Int64(written)
                    if written < block.count { return sent }
                } catch Failure.timedOut {
                    return sent
                }
            }
            return sent
        }
    }

    /// Fewer bytes than given: the peer ended the connection.
    private func write(_ bytes: Data, until deadline: ContinuousClock.Instant) throws -> Int {
        try bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) in
            var done = 0
            while done < buffer.count {
                let count = Foundation.send(
                    descriptor, buffer.baseAddress?.advanced(by: done), min(buffer.count - done, 1 << 20),
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                if count >= 0 {
                    done += count
                } else if errno == EAGAIN {
                    try wait(POLLOUT, until: deadline)
                } else {
                    return done
                }
            }
            return done
        }
    }

    /// Waits until the socket can be read or written, or has failed.
    func wait(_ events: Int32, until deadline: ContinuousClock.Instant) throws {
        let left = (deadline - .now).components
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
        guard milliseconds > 0 else { throw Failure.timedOut }
        var one = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        if poll(&one, 1, Int32(min(milliseconds, 60_000))) == 0 { throw Failure.timedOut }
    }

    /// Reads the next final response; interim ones are passed over. Throws `Failure`.
    package func answer(within limit: Duration = .seconds(60)) async throws -> Answer {
        try await answers(within: limit).final
    }

    /// Reads the next final response, and the interim ones before it.
    package func answers(within limit: Duration = .seconds(60)) async throws -> (interim: [Answer], final: Answer) {
        let noBody = wantsNoBody.withLock { $0 }
        return try await onThread {
            let deadline = ContinuousClock.now + limit
            var interim: [Answer] = []
            while true {
                var answer = try self.readHead(until: deadline)
                guard answer.status >= 200 else {
                    interim.append(answer)
                    continue
                }
                if !noBody, answer.status != 204, answer.status != 304 {
                    answer.body = try self.readBody(answer, until: deadline)
                }
                return (interim, answer)
            }
        }
    }

    /// Reads the next head, which may be an interim one such as 100, and no body.
    package func interim(within limit: Duration = .seconds(60)) async throws -> Answer {
        try await onThread { try self.readHead(until: .now + limit) }
    }

    /// What has come of a body that does not end, once it holds `text`; chunks' sizes stand in between. Nothing is
    /// taken off, so the next call sees it again.
    package func body(holding text: String, within limit: Duration = .seconds(20)) async throws -> String {
        try await onThread {
            let deadline = ContinuousClock.now + limit
            while true {
                let all = self.received.withLock { String(decoding: $0, as: UTF8.self) }
                if all.contains(text) { return all }
                guard ContinuousClock.now < deadline else { throw Failure.timedOut }
                try self.readMore(until: deadline)
            }
        }
    }

    /// Whether the peer ends the connection in time; bytes that it sends before are kept for `answer`.
    package func isClosedByPeer(within limit: Duration = .seconds(60)) async throws -> Bool {
        try await onThread {
            do {
                while true { try self.readMore(until: .now + limit) }
            } catch let failure as Failure {
                return failure == .closed
            }
        }
    }

    /// Says that nothing more will be sent (FIN) and goes on reading.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a FIN, or with a RST, which makes the peer's kernel throw away what it has not read.
    package func end(reset: Bool) {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            if reset {
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            }
            close(descriptor)
        }
    }
}
