import Foundation
import TestSupport

/// The calls of sockets(7) that the relay makes.
enum RelaySocket {
    /// A socket that keeps a port of 127.0.0.1 for us and refuses connections, and that port.
    static func reserve() throws -> (descriptor: Int32, port: Int) {
        guard let descriptor = bound(to: 0) else { throw HarnessError(message: "no port: errno \(errno)") }
        var address = LoopbackSocket.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { throw HarnessError(message: "no port: errno \(errno)") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A listening socket on a reserved port.
    static func listen(on port: Int) -> Int32? {
        guard let descriptor = bound(to: port) else { return nil }
        guard Foundation.listen(descriptor, 256) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func bound(to port: Int) -> Int32? {
        let descriptor = LoopbackSocket.make()
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = LoopbackSocket.address(port)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    static func accept(_ listener: Int32) -> Int32? {
        let descriptor = Foundation.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return prepared(descriptor)
    }

    /// Loopback: it succeeds or is refused at once.
    static func connect(to port: Int) -> Int32? {
        (try? LoopbackSocket.connected(to: port)).map(prepared)
    }

    /// Closes with a RST.
    static func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    static func contains(_ text: ArraySlice<UInt8>, _ word: [UInt8]) -> Bool {
        text.indices.contains { text[$0...].starts(with: word) }
    }

    private static func prepared(_ descriptor: Int32) -> Int32 {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }
}
