import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import Uploads

/// One connection that speaks HTTP/2 (RFC 9113). To everything above, each of its streams is a connection with one
/// request on it.
///
/// Its end, whatever it was, does not cancel the requests on it: each sees its own body cut, and keeps what came.
struct HTTP2Connection: Sendable {
    struct Value: Sendable {
        let streams: NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Connection.Value>
        let channel: any Channel
    }

    /// Bytes that a client may send on a stream before it is told that they were taken: 10 MB/s at 50 ms. Up to three
    /// times as many wait in memory when the volume is slower than the client.
    static let streamWindow = 512 * 1024
    /// The same for the connection, whose streams get their own share anyway.
    static let connectionWindow = 2 * 1024 * 1024
    /// Requests at the same time on one connection.
    static let mostStreams = 50
    /// As much header as over HTTP/1.1, bytes.
    static let mostHeader = 80 * 1024
    /// How long a client has to say that it lives, or to go when it was asked to.
    static let patience: TimeAmount = .seconds(10)

    /// What answers on a stream.
    let requests: HTTP1Connection
    let idleTimeout: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            ConnectionHandler.enlargeReads(of: channel, beside: requests.node.handover.writers)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers(
                IdleStateHandler(readTimeout: idleTimeout + idleTimeout + Self.patience), SilenceLimit())
            let streams = try pipeline.configureAsyncHTTP2Pipeline(
                mode: .server, connectionManagerConfiguration: lifetime, http2HandlerConfiguration: limits
            ) { stream in setup(stream: stream, logger: logger) }
            // The connection was made long before its handlers, so nobody else starts the timers of this one.
            let manager = try pipeline.context(handlerType: NIOHTTP2ServerConnectionManagementHandler.self)
            (manager.handler as? NIOHTTP2ServerConnectionManagementHandler)?.channelActive(context: manager)
            return Value(streams: streams, channel: channel)
        }
    }

    /// At the node's end GOAWAY goes out, and the streams that are there may end. A client is asked now and then
    /// whether it lives.
    private var lifetime: NIOHTTP2ServerConnectionManagementHandler.Configuration {
        .init(
            maxIdleTime: idleTimeout, maxAge: nil, maxGraceTime: Self.patience,
            keepalive: .init(pingInterval: idleTimeout, ackTimeout: Self.patience))
    }

    private var limits: NIOHTTP2Handler.Configuration {
        var limits = NIOHTTP2Handler.Configuration()
        limits.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Self.mostStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: Self.mostHeader),
            HTTP2Setting(parameter: .initialWindowSize, value: Self.streamWindow),
        ]
        limits.connection.targetWindowSize = Self.connectionWindow
        limits.stream.targetWindowSize = Self.streamWindow
        limits.stream.outboundBufferSizeHighWatermark = 256 * 1024
        limits.stream.outboundBufferSizeLowWatermark = 64 * 1024
        return limits
    }

    private func setup(stream: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Connection.Value> {
        stream.eventLoop.makeCompletedFuture {
            try stream.pipeline.syncOperations.addHandlers(
                StreamFields(), HTTP2FramePayloadToHTTPServerCodec(), StreamBody(),
                ConnectionHandler(.stream, requests.node),
                HTTPConnectionStateHandler(idleTimeout: Duration(idleTimeout), logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: stream,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
        }
    }

    func handle(_ value: Value, logger: Logger) async {
        await withDiscardingTaskGroup { group in
            do {
                for try await stream in value.streams.inbound {
                    group.addTask { await requests.handle(value: stream, logger: logger) }
                }
            } catch {
                logger.debug("an HTTP/2 connection ended", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Closes a connection on which nothing at all arrives, not even the answer to a PING; at once when nothing can arrive
/// any more. HTTP/2 knows no half-closed connection: its streams live by frames in both directions.
final class SilenceLimit: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case IdleStateHandler.IdleStateEvent.read, ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }
}
