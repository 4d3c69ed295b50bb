import NIOCore
import NIOHPACK
import NIOHTTP2

/// Stands between the fields of HTTP/2 and of HTTP/1.1, which the rest of the node reads and writes.
///
/// A request whose body has no known length has `Transfer-Encoding: chunked` for what stands above; a client cannot
/// send that field itself (RFC 9113 §8.2.2). In a response, "connection-specific header fields" are left out.
final class StreamFields: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private var isBegun = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBegun, case .headers(var content) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        isBegun = true
        if !content.endStream, !content.headers.contains(name: "content-length") {
            content.headers.add(name: "transfer-encoding", value: "chunked")
        }
        context.fireChannelRead(wrapInboundOut(.headers(content)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .headers(var content) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        for name in ["connection", "keep-alive", "transfer-encoding", "upgrade"] { content.headers.remove(name: name) }
        context.write(wrapOutboundOut(.headers(content)), promise: promise)
    }
}
