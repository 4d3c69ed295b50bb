import Foundation
import TestSupport

/// A keep-alive HTTP/1.1 connection to 127.0.0.1 that costs next to nothing, since the clients share the machine with
/// what they measure. It blocks, and it looks at no more of an answer than is asked for.
///
/// Unchecked, because one thread uses it at a time: the one that runs its client.
final class BareConnection: @unchecked Sendable {
    /// The head of an answer.
    struct Head {
        let status: Int
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }

        /// - Parameter name: in lower case.
        func field(_ name: StaticString) -> String? {
            let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            var start = 0
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = bytes[start..<end]
                if line.count > wanted.count + 1, line[start + wanted.count] == UInt8(ascii: ":"),
                    zip(line, wanted).allSatisfy({ $0 | 0x20 == $1 | 0x20 })
                {
                    let value = line.dropFirst(wanted.count + 1)
                    return String(decoding: value, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                }
                start = end + 1
            }
            return nil
        }
    }

    let port: Int
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var filled = 0

    init(port: Int) throws {
        self.port = port
        descriptor = try LoopbackSocket.connected(to: port)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    // MARK: Sending

    /// A head, and the first bytes of the source behind it; in one call if the kernel takes them.
    func send(_ head: String, _ source: BodySource? = nil, count: Int = 0) throws {
        var head = Array(head.utf8)
        let length = head.count
        try head.withUnsafeMutableBytes { bytes in
            let parts = [
                iovec(iov_base: bytes.baseAddress, iov_len: length),
                iovec(iov_base: source?.memory(count), iov_len: source == nil ? 0 : count),
            ]
            var done = try sent(writev(descriptor, parts, source == nil ? 1 : 2))
            while done < length {
                done += try sent(write(descriptor, bytes.baseAddress.map { $0 + done }, length - done))
            }
            guard let source else { return }
            while done < length + count {
                let start = done - length
                done += try sent(write(descriptor, source.memory(count).map { $0 + start }, count - start))
            }
        }
    }

    private func sent(_ count: Int) throws -> Int {
        guard count > 0 else { throw BenchError("the server closed the connection: errno \(errno)") }
        return count
    }

    /// Many bytes out of the page cache, without a copy on this side.
    func stream(_ source: BodySource, count: Int) throws {
        var left = count
        while left > 0 {
            var offset = off_t(0)
            while offset < off_t(min(left, BodySource.size)) {
                _ = try sent(
                    sendfile(descriptor, source.descriptor, &offset, min(left, BodySource.size) - Int(offset)))
            }
            left -= Int(offset)
        }
    }

    // MARK: Receiving

    /// The next answer, with its body thrown away. Throws, with what came, for any other status than the given one.
    @discardableResult
    func answer(_ status: Int, hasBody: Bool = true) throws -> Head {
        let head = try head()
        var rest = 0
        if hasBody, head.status != 204, let length = head.field("content-length").flatMap({ Int($0) }) {
            rest = length - min(length, filled)
            let shown = String(decoding: buffer[..<min(length, filled)].prefix(500), as: UTF8.self)
            takeOff(min(length, filled))
            try skip(rest)
            guard head.status == status else { throw BenchError("unexpected answer: \(head.text)\(shown)") }
        }
        guard head.status == status else { throw BenchError("unexpected answer: \(head.text)") }
        return head
    }

    private func head() throws -> Head {
        while true {
            if let end = endOfHead() {
                let head = Head(status: status(), bytes: Array(buffer[..<end]))
                takeOff(end)
                return head
            }
            guard filled < buffer.count else { throw BenchError("a head of more than \(buffer.count) bytes") }
            let start = filled
            filled += try buffer.withUnsafeMutableBytes { bytes in
                try sent(recv(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start, 0))
            }
        }
    }

    private func status() -> Int {
        guard filled > 12 else { return 0 }
        return buffer[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    private func endOfHead() -> Int? {
        var index = 3
        while index < filled {
            if buffer[index] == 10, buffer[index - 1] == 13, buffer[index - 2] == 10 { return index + 1 }
            index += 1
        }
        return nil
    }

    private func takeOff(_ count: Int) {
        if filled > count { buffer.replaceSubrange(0..<(filled - count), with: Array(buffer[count..<filled])) }
        filled -= count
    }

    /// The kernel throws the bytes away without copying them: tcp(7), MSG_TRUNC.
    private func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            let got = recv(descriptor, nil, min(left, 4 << 20), Int32(MSG_TRUNC))
            guard got > 0 else { throw BenchError("the body ended \(left) bytes early: errno \(errno)") }
            left -= got
        }
    }

    /// Asks again and again until the answer is 200 and no 202.
    func waitUntilVisible(_ request: String) throws {
        while true {
            try send(request)
            let head = try head()
            let length = head.field("content-length").flatMap { Int($0) } ?? 0
            let here = min(length, filled)
            takeOff(here)
            try skip(length - here)
            guard head.status == 202 else {
                if head.status != 200 { throw BenchError("unexpected answer: \(head.text)") }
                return
            }
            _ = poll(nil, 0, 1)
        }
    }

    /// Ends the sending side in the middle of a body.
    func cut() { shutdown(descriptor, Int32(SHUT_WR)) }
}

/// Something is missing, or a server did not do what it is there for.
package struct BenchError: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
