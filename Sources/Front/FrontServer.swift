import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
package import ServiceLifecycle
import Uploads

/// The HTTP side of a front node as services, in the order in which they depend on each other.
package enum FrontServer {
    /// - Parameter onListening: called with the port when requests are accepted.
    package static func services(
        _ node: FrontNode, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> [any Service] {
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionHandler(), MalformedRequests(node)],
            idleTimeout: .seconds(Int64(node.settings.idleTimeout)))
        let application = Application(
            responder: RequestObserver(node), server: .http1(configuration: http),
            configuration: ApplicationConfiguration(address: .hostname(node.settings.host, port: node.settings.port)),
            onServerRunning: { await onListening($0.localAddress?.port ?? node.settings.port) }, logger: node.logger)
        return [node.handover, node.finalizations, application, WriterDrain(handover: node.handover)]
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
