import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP connection for one short question, where a client library would be too much. No call lasts longer than
/// `patience`.
final class LocalConnection {
    struct Failure: Error, CustomStringConvertible {
        let description: String

        static var last: Self { Self(description: String(cString: strerror(errno))) }
    }

    /// Enough for what a health check says.
    private static let mostBytes = 65_536

    private let descriptor: Int32

    init(host: String, port: Int, patience: TimeInterval) throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found?.pointee else {
            throw Failure(description: "\(host) is no address")
        }
        defer { freeaddrinfo(found) }
        descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { throw .last }
        var limit = timeval(tv_sec: Int(patience), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { throw .last }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Sends `request` and reads until the other side ends.
    func exchange(_ request: String) throws(Failure) -> String {
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw .last }
        var (answer, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while answer.count < Self.mostBytes {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw .last }
            if count == 0 { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
