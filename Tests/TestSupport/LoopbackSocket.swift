package import Foundation

/// TCP sockets on 127.0.0.1.
package enum LoopbackSocket {
    /// One that no child inherits; below 0 if there is none, with the reason in `errno`.
    package static func make() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    /// - Parameter port: 0: any that is free.
    package static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A connection, which is the caller's to close.
    package static func connected(to port: Int) throws -> Int32 {
        let descriptor = make()
        guard descriptor >= 0 else { throw TestServerError(message: "no socket: errno \(errno)") }
        var address = address(port)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let number = errno
            close(descriptor)
            throw TestServerError(message: "no connection to port \(port): errno \(number)")
        }
        return descriptor
    }
}
