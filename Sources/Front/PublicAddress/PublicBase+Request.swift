package import HTTPTypes
import NIOCore

extension PublicBase {
    /// The base of a request's URLs when none is configured: what trusted proxies say, else what `Host` says, else
    /// where the connection arrived.
    package init(_ head: HTTPRequest, peer: IPAddress?, local: Authority, trusted: TrustedProxies) {
        let view = ForwardedView(head.headerFields, peer: peer, trusted: trusted)
        var authority = view.authority ?? head.authority.flatMap { Authority($0) } ?? local
        if authority.port == nil { authority.port = view.port }
        let own = head.scheme.flatMap { Scheme($0) } ?? .http
        self.init(scheme: view.scheme ?? own, authority: authority, prefix: view.prefix ?? "")
    }
}

extension Authority {
    /// The address that a connection arrived at; for a Unix socket, `localhost`.
    init(_ address: SocketAddress?) {
        let host = address?.ipAddress.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "localhost"
        self.init(host: host, port: address?.port)
    }

    private init(host: String, port: Int?) {
        (self.host, self.port) = (host, port)
    }

    /// Whether a request's `Host` can be served: RFC 9112 §3.2, "A server MUST respond with a 400 (Bad Request) status
    /// code […] to any request message that contains more than one Host header field line or a Host header field with
    /// an invalid field value." None at all is let through, as HTTP/1.0 has it.
    static func isServable(_ head: HTTPRequest) -> Bool {
        guard let first = HTTPField.Name("Host"), !head.headerFields.contains(first) else { return false }
        guard let authority = head.authority, !authority.isEmpty else { return true }
        return Authority(authority) != nil
    }
}
