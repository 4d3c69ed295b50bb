import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Synchronization

/// Asks for the fields behind the body of the request that is being answered; they are there once the body has ended.
final class TrailersOfRequest: Sendable {
    private let fields = Mutex<HTTPFields?>(nil)

    /// nil if the body had not ended, or nothing stood behind it.
    var answer: HTTPFields? { fields.withLock { $0 } }

    func fulfil(_ trailers: HTTPFields?) { fields.withLock { $0 = trailers } }
}

/// Ends a connection after a response although its request's body has not been read.
struct CloseAfterResponse: Sendable {}

/// Sits below Hummingbird on every connection: large receive buffers, and refusals that do not drain the body.
///
/// After `CloseAfterResponse` nothing more is read. The response goes out, then the sending side is closed, and after
/// `linger` all of it. A client that is still sending meets a closed connection only when it has had the time to read
/// why; had we closed at once, its kernel could have thrown the response away.
///
/// Hummingbird drops the fields behind a chunked body. They are kept here until the response has ended, under the
/// number of their request on this connection, since a client may send the next request before.
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
    /// How many requests have begun, and how many responses have ended.
    private var requests = 0
    private var responses = 0
    private var trailers: [Int: HTTPFields] = [:]
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
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: Self.largestRead)
        // A channel that is gone already needs no buffers; every other one takes the option.
        try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        // Without the codec the connection is not HTTP/1 at all.
        let pipeline = context.pipeline.syncOperations
        if let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) {
            try? pipeline.addHandler(InterimFilter(), position: .before(codec))
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case is CloseAfterResponse: isRefusing = true
        case let event as TrailersOfRequest: event.fulfil(trailers[responses + 1])
        default: return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
    }

    func read(context: ChannelHandlerContext) {
        if !isRefusing { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: requests += 1
        case .end(let fields?): trailers[requests] = fields
        case .body, .end(nil): break
        }
        if !isRefusing { context.fireChannelRead(data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        responses += 1
        trailers[responses] = nil
        guard isRefusing else { return context.write(data, promise: promise) }
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
}
