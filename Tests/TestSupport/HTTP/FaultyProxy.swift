import Foundation
import Synchronization

/// A proxy before a front node of this machine, with the faults that proxies have. One request a connection, as
/// `tussock doctor` asks them.
package final class FaultyProxy: Sendable {
    package struct Faults: Sendable {
        /// Nothing is passed on before all of the body is there.
        package var buffersRequests = false
        /// More bytes in a request are answered with 413.
        package var mostBytes: Int?
        /// The upstream's own name goes into `Host`, and nothing tells the client's.
        package var hidesAddress = false
        /// Interim answers are not passed on.
        package var dropsInterim = false
        /// The first interim answer is passed on as if it were the answer.
        package var endsWithInterim = false
        /// Methods that are answered with 405.
        package var refuses: [String] = []
        /// A request that is silent for so long is cut.
        package var cutsAfter: Duration?
        /// Response fields that are taken away, in lower case.
        package var strips: [String] = []
        /// Request fields that are taken away, in lower case.
        package var forgets: [String] = []
        /// Answers say HTTP/1.0.
        package var isOld = false
        /// In the place of each `Date`.
        package var date: String?
        /// HEAD says that nothing has come.
        package var remembersHead = false

        package init() {}
    }

    package let port: Int
    private let descriptor: Int32
    private let faults: Faults

    /// - Parameter other: a second front node, which takes turns with the first.
    package init(to upstream: Int, and other: Int? = nil, _ change: (inout Faults) -> Void = { _ in }) throws {
        var faults = Faults()
        change(&faults)
        self.faults = faults
        let descriptor = LoopbackSocket.make()
        var address = LoopbackSocket.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && listen(descriptor, 128) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        guard status else { throw TestServerError(message: "no port for the proxy: errno \(errno)") }
        port = Int(in_port_t(bigEndian: address.sin_port))
        self.descriptor = descriptor
        Thread.detachNewThread { [faults] in
            var (next, last) = (upstream, other ?? upstream)
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { [next] in Passage(client, next, faults).run() }
                swap(&next, &last)
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}

/// One connection and the request on it.
private final class Passage: Sendable {
    private typealias Head = (lines: [String], rest: Data)

    private let client: Int32
    private let port: Int
    private let faults: FaultyProxy.Faults

    init(_ client: Int32, _ port: Int, _ faults: FaultyProxy.Faults) {
        (self.client, self.port, self.faults) = (client, port, faults)
    }

    func run() {
        defer { close(client) }
        guard let head = readHead(client, Data()), let request = head.lines.first else { return }
        let method = String(request.prefix { $0 != " " })
        let length = Self.field("content-length", head.lines).flatMap { Int($0) } ?? 0
        if faults.refuses.contains(method) { return refuse("405 Method Not Allowed") }
        if let most = faults.mostBytes, length > most { return refuse("413 Request Entity Too Large") }
        if faults.remembersHead, method == "HEAD" {
            return refuse("200 OK", "Upload-Offset: 0\r\nUpload-Length: 100\r\nTus-Resumable: 1.0.0\r\n")
        }
        var body = head.rest
        if faults.buffersRequests {
            if Self.field("expect", head.lines) != nil { send("HTTP/1.1 100 Continue\r\n\r\n", to: client) }
            while body.count < length {
                guard let more = read(client, nil) else { return }
                body += more
            }
        }
        guard let server = try? LoopbackSocket.connected(to: port) else { return refuse("502 Bad Gateway") }
        defer { close(server) }
        send(changed(head.lines) + "\r\n\r\n", to: server)
        write(body, to: server)
        pass(server, left: length - body.count)
    }

    /// Both ways, until either side ends.
    /// - Parameter left: bytes of the body that are still to come; only a request that is not complete is cut.
    private func pass(_ server: Int32, left: Int) {
        let isOver = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            var left = left
            while let bytes = read(client, left > 0 ? faults.cutsAfter : nil) {
                left -= bytes.count
                write(bytes, to: server)
            }
            shutdown(server, Int32(SHUT_RDWR))
            shutdown(client, Int32(SHUT_RDWR))
            isOver.signal()
        }
        answer(server)
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
        isOver.wait()
    }

    private func answer(_ server: Int32) {
        var rest = Data()
        while let head = readHead(server, rest), let first = head.lines.first {
            rest = head.rest
            let isInterim = first.dropFirst(9).first == "1"
            if isInterim, faults.endsWithInterim {
                return refuse(String(first.dropFirst(9)).replacing("104", with: "204"))
            }
            if isInterim, faults.dropsInterim { continue }
            send(changedAnswer(head.lines) + "\r\n\r\n", to: client)
            if !isInterim { break }
        }
        write(rest, to: client)
        while let bytes = read(server, nil) { write(bytes, to: client) }
    }

    private func changed(_ lines: [String]) -> String {
        let kept = lines.filter { line in !faults.forgets.contains { line.lowercased().hasPrefix($0 + ":") } }
        return kept.map { line in
            faults.hidesAddress && line.lowercased().hasPrefix("host:") ? "Host: backend.internal:\(port)" : line
        }.joined(separator: "\r\n")
    }

    private func changedAnswer(_ lines: [String]) -> String {
        let kept = lines.filter { line in !faults.strips.contains { line.lowercased().hasPrefix($0 + ":") } }
        return kept.map { line in
            if faults.isOld, line.hasPrefix("HTTP/1.1") { return "HTTP/1.0" + line.dropFirst(8) }
            if let date = faults.date, line.lowercased().hasPrefix("date:") { return "Date: \(date)" }
            return line
        }.joined(separator: "\r\n")
    }

    // MARK: Sockets

    private func refuse(_ status: String, _ fields: String = "") {
        send("HTTP/1.1 \(status)\r\n\(fields)Content-Length: 0\r\nConnection: close\r\n\r\n", to: client)
        shutdown(client, Int32(SHUT_WR))
        // What is still on its way would make the kernel throw the answer away.
        while read(client, .seconds(1)) != nil {}
    }

    private func readHead(_ descriptor: Int32, _ begun: Data) -> Head? {
        var data = begun
        while true {
            if let end = data.range(of: Data("\r\n\r\n".utf8)) {
                let text = String(decoding: data[..<end.lowerBound], as: UTF8.self)
                return (text.components(separatedBy: "\r\n"), Data(data[end.upperBound...]))
            }
            guard let more = read(descriptor, nil) else { return nil }
            data += more
        }
    }

    /// nil at the end, after an error, or when nothing comes for `limit`.
    private func read(_ descriptor: Int32, _ limit: Duration?) -> Data? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let milliseconds = limit.map { Int32($0 / .milliseconds(1)) } ?? -1
        guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Data(buffer[..<count]) : nil
    }

    private func send(_ text: String, to descriptor: Int32) { write(Data(text.utf8), to: descriptor) }

    private func write(_ data: Data, to descriptor: Int32) {
        data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Foundation.send(
                    descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return }
                done += count
            }
        }
    }

    private static func field(_ name: String, _ lines: [String]) -> String? {
        lines.first { $0.lowercased().hasPrefix(name + ":") }
            .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }
}
