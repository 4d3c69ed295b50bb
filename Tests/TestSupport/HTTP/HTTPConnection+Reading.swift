import Foundation
import Synchronization

/// Reading responses: RFC 9112 §4-§7, as far as this server makes use of it.
extension HTTPConnection {
    func readMore(until deadline: ContinuousClock.Instant) throws {
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { return received.withLock { $0.append(contentsOf: buffer[..<count]) } }
            guard count < 0, errno == EAGAIN || errno == EINTR else { throw Failure.closed }
            try wait(POLLIN, until: deadline)
        }
    }

    func readHead(until deadline: ContinuousClock.Instant) throws -> Answer {
        let text = try readLines(endingWith: "\r\n\r\n", until: deadline)
        guard let answer = Answer(head: text) else { throw Failure.malformed(text) }
        return answer
    }

    func readBody(_ answer: Answer, until deadline: ContinuousClock.Instant) throws -> Data {
        if let length = answer["Content-Length"].flatMap({ Int($0) }) { return try read(length, until: deadline) }
        if answer["Transfer-Encoding"] == "chunked" { return try readChunks(until: deadline) }
        do {
            while true { try readMore(until: deadline) }
        } catch Failure.closed {
            return received.withLock { data in
                defer { data = Data() }
                return data
            }
        }
    }

    private func readChunks(until deadline: ContinuousClock.Instant) throws -> Data {
        var body = Data()
        while true {
            let line = try readLines(endingWith: "\r\n", until: deadline)
            guard let size = Int(line, radix: 16) else { throw Failure.malformed(line) }
            body += try read(size, until: deadline)
            _ = try read(2, until: deadline)
            if size == 0 { return body }
        }
    }

    private func readLines(endingWith end: String, until deadline: ContinuousClock.Instant) throws -> String {
        while true {
            let found = received.withLock { data -> String? in
                guard let range = data.range(of: Data(end.utf8)) else { return nil }
                defer { data = Data(data[range.upperBound...]) }
                return String(decoding: data[..<range.lowerBound], as: UTF8.self)
            }
            if let found { return found }
            try readMore(until: deadline)
        }
    }

    private func read(_ count: Int, until deadline: ContinuousClock.Instant) throws -> Data {
        while received.withLock({ $0.count < count }) { try readMore(until: deadline) }
        return received.withLock { data in
            defer { data = Data(data.dropFirst(count)) }
            return Data(data.prefix(count))
        }
    }
}
