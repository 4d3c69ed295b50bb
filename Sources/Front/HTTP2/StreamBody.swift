import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Makes the frames of one HTTP/2 request into what the rest of the node reads.
///
/// Frames of 16 KiB become pieces as large as what has arrived. A stream that ends before its body does, be it by
/// RST_STREAM or with its connection, is told as an error: without a length nobody above could know.
final class StreamBody: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    /// The stream ended in the middle of its request.
    struct Cut: Error {}

    private var gathered: ByteBuffer?
    private var hasEnded = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): context.fireChannelRead(wrapInboundOut(.head(Self.asSent(head))))
        case .body(var bytes): if gathered?.writeBuffer(&bytes) == nil { gathered = bytes }
        case .end:
            hasEnded = true
            pass(context)
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        pass(context)
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        pass(context)
        if !hasEnded { context.fireErrorCaught(Cut()) }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The connection says GOAWAY; what is on its streams may end.
        if !(event is ChannelShouldQuiesceEvent) { context.fireUserInboundEventTriggered(event) }
    }

    private func pass(_ context: ChannelHandlerContext) {
        guard let bytes = gathered else { return }
        gathered = nil
        context.fireChannelRead(wrapInboundOut(.body(bytes)))
    }

    /// RFC 9113 §8.3.1: `:authority` stands for `Host`; "A server SHOULD treat a request as malformed if it contains a
    /// Host header field that identifies an entity that differs": then `Host` stays, and is refused above.
    private static func asSent(_ head: HTTPRequest) -> HTTPRequest {
        guard let host = HTTPField.Name("Host"), head.headerFields.contains(host) else { return head }
        var head = head
        let values = head.headerFields[values: host]
        if head.authority == nil, values.count == 1 { head.authority = values[0] }
        if values.allSatisfy({ $0.lowercased() == head.authority?.lowercased() }) { head.headerFields[host] = nil }
        return head
    }
}
