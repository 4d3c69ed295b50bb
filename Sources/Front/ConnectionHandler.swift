import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection after a response although its request's body has not been read.
struct CloseAfterResponse: Sendable {}

/// Sits below Hummingbird on every connection: large receive buffers, and refusals that do not drain the body.
///
/// After `CloseAfterResponse` nothing more is read. The response goes out, then the sending side is closed, and after
/// `linger` all of it. A client that is still sending meets a closed connection only when it has had the time to read
/// why; had we closed at once, its kernel could have thrown the response away.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a refused client has to read the response.
    static let linger: TimeAmount = .milliseconds(500)
    /// Receive buffers grow up to this many bytes: the largest lever on throughput (research/stack.md).
    static let largestRead = 256 * 1024

    private var isRefusing = false
    private var hasEnded = false

    /// Whether the client still holds its end. One that has closed its sending side counts as gone, like one that gave
    /// up: from here they look the same.
    static func isOpen(_ channel: any Channel) async -> Bool {
        let handler = channel.eventLoop.submit {
            try channel.isActive && !channel.pipeline.syncOperations.handler(type: ConnectionHandler.self).hasEnded
        }
        return (try? await handler.get()) ?? false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { hasEnded = true }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 16_384, maximum: Self.largestRead)
        // A channel that is gone already needs no buffers; every other one takes the option.
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CloseAfterResponse else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        isRefusing = true
        promise?.succeed()
    }

    func read(context: ChannelHandlerContext) {
        if !isRefusing { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isRefusing { context.fireChannelRead(data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isRefusing, case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
}
