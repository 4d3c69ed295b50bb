import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
package import ServiceLifecycle
import Uploads

/// The HTTP side of a front node as services, in the order in which they depend on each other.
package enum FrontServer {
    /// - Parameters:
    ///   - certificate: nil: without TLS.
    ///   - onListening: called with the port when requests are accepted.
    package static func services(
        _ node: FrontNode, certificate: ServerCertificate? = nil,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> [any Service] {
        let application = Application(
            responder: RequestObserver(node), server: server(node, certificate),
            configuration: ApplicationConfiguration(address: .hostname(node.settings.host, port: node.settings.port)),
            onServerRunning: { await onListening($0.localAddress?.port ?? node.settings.port) }, logger: node.logger)
        let watch = CertificateWatch(certificate, files: node.files, logger: node.logger)
        return [node.handover, node.finalizations, watch, application, WriterDrain(handover: node.handover)]
    }

    private static func server(_ node: FrontNode, _ certificate: ServerCertificate?) -> HTTPServerBuilder {
        let idleTimeout = TimeAmount.seconds(Int64(node.settings.idleTimeout))
        return HTTPServerBuilder { responder in
            guard let certificate else { return HTTP1Connection(node: node, carrier: .plain, responder: responder) }
            let http1 = HTTP1Connection(node: node, carrier: .tls, responder: responder)
            return SecureChannel(
                certificate: certificate, http1: http1,
                http2: HTTP2Connection(requests: http1, idleTimeout: idleTimeout), patience: idleTimeout)
        }
    }
}

/// At shutdown, before the listener closes: makes every writer commit what it has and let go, so that its client can
/// go on at another node.
struct WriterDrain: Service {
    let handover: Handover

    func run() async throws {
        try await gracefulShutdown()
        await handover.writers.drain()
    }
}
