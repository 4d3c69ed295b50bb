import NIOCore
import NIOSSL
import NIOTLS

/// TLS on a connection to a site whose clients come by https. Whom it trusts is what the system does, or what the
/// site's `authorities` say.
struct Encryption {
    private let agreed: EventLoopPromise<Void>

    /// Adds it to a new connection, before its first byte.
    init(of site: Site, on channel: any Channel) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities = site.authorities { configuration.trustRoots = .file(authorities) }
        let isAddress = (try? SocketAddress(ipAddress: site.host, port: site.port)) != nil
        let handler = try NIOSSLClientHandler(
            context: NIOSSLContext(configuration: configuration), serverHostname: isAddress ? nil : site.host)
        agreed = channel.eventLoop.makePromise()
        try channel.pipeline.syncOperations.addHandlers([handler, Agreement(agreed)])
    }

    /// Returns when both sides agree; throws what keeps them from it, such as a certificate that is not trusted.
    func agree(within limit: TimeAmount) async throws {
        let deadline = agreed.futureResult.eventLoop.scheduleTask(in: limit) { [agreed] in
            agreed.fail(Line.Trouble(description: "TLS was not agreed on in time"))
        }
        defer { deadline.cancel() }
        try await agreed.futureResult.get()
    }
}

/// Hears how the handshake ends.
private final class Agreement: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let agreed: EventLoopPromise<Void>

    init(_ agreed: EventLoopPromise<Void>) { self.agreed = agreed }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent { agreed.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        agreed.fail(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        agreed.fail(Line.Trouble(description: "the connection was closed"))
        context.fireChannelInactive()
    }
}
