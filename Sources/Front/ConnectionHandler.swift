import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import Synchronization
import Uploads

/// Asks for the end of the request that is being answered: whether it has come, and the fields behind the body.
final class EndOfRequest: Sendable {
    private let state = Mutex<(hasCome: Bool, trailers: HTTPFields?)>((false, nil))

    /// Whether all of the body is in this process.
    var hasCome: Bool { state.withLock { $0.hasCome } }

    /// nil if the body had not ended, or nothing stood behind it.
    var trailers: HTTPFields? { state.withLock { $0.trailers } }

    func fulfil(hasCome: Bool, _ trailers: HTTPFields?) { state.withLock { $0 = (hasCome, trailers) } }
}

/// Ends a connection after a response although its request's body has not been read.
struct CloseAfterResponse: Sendable {}

/// Sits below Hummingbird on every connection, and on every stream of HTTP/2: large receive buffers, and refusals that
/// do not drain the body.
///
/// After `CloseAfterResponse` nothing more is read. The response goes out, then the sending side is closed, and after
/// `linger` all of it. A client that is still sending meets a closed connection only when it has had the time to read
/// why; had we closed at once, its kernel could have thrown the response away. A stream needs no such time, RFC 9113
/// §8.1: "RST_STREAM with an error code of NO_ERROR after sending a complete response"; its connection goes on.
///
/// Hummingbird drops the fields behind a chunked body. They are kept here until the response has ended, under the
/// number of their request on this connection, since a client may send the next request before.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What carries the requests.
    enum Carrier { case plain, tls, stream }

    /// How long a refused client has to read the response.
    static let linger: TimeAmount = .milliseconds(500)

    private let carrier: Carrier
    private let writers: ActiveWriters
    private var isRefusing = false
    /// How many requests have begun, and how many responses have ended.
    private var requests = 0
    private var responses = 0
    private var trailers: [Int: HTTPFields] = [:]
    /// The last request whose body has ended.
    private var ended = 0
    private var hasEnded = false

    init(_ carrier: Carrier, _ node: FrontNode) {
        self.carrier = carrier
        writers = node.handover.writers
    }

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

    static func enlargeReads(of channel: any Channel, beside writers: ActiveWriters) {
        // A channel that is gone already needs no buffers; every other one takes the options.
        try? channel.syncOptions?.setOption(.recvAllocator, value: ReadSizes(writers))
        // More than one at a time would overshoot what may wait in memory.
        try? channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // A stream reads what its connection has read, and knows no such option.
        guard carrier != .stream else { return }
        Self.enlargeReads(of: context.channel, beside: writers)
        // Without the codec the connection is not HTTP/1 at all.
        let pipeline = context.pipeline.syncOperations
        if let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) {
            try? pipeline.addHandler(InterimFilter(), position: .before(codec))
            if carrier == .plain { try? pipeline.addHandler(FileRegions(), position: .before(codec)) }
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case is CloseAfterResponse: isRefusing = true
        case let event as EndOfRequest:
            event.fulfil(hasCome: ended > responses, trailers[responses + 1])
        default: return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
    }

    func read(context: ChannelHandlerContext) {
        if !isRefusing { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = data
        switch unwrapInboundIn(data) {
        case .head(var head):
            requests += 1
            // Whatever the client says: this is how it came.
            head.scheme = carrier == .plain ? "http" : "https"
            data = wrapInboundOut(.head(head))
        case .end(let fields):
            ended = requests
            if let fields { trailers[requests] = fields }
        case .body: break
        }
        if !isRefusing { context.fireChannelRead(data) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        responses += 1
        trailers[responses] = nil
        guard isRefusing else { return context.write(data, promise: promise) }
        let channel = context.channel
        guard carrier != .stream else {
            // Not before the response is out: a reset drops what waits to be sent.
            context.writeAndFlush(data).whenComplete { [promise] _ in
                let reset = NIOHTTP2FramePayloadToHTTPEvent.reset(code: .noError)
                channel.triggerUserOutboundEvent(reset, promise: promise)
            }
            return
        }
        context.writeAndFlush(data, promise: promise)
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }
}
