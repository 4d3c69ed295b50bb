import NIOCore
import NIOHTTP1

/// Keeps interim responses (100, 104) from clients of HTTP/1.0.
///
/// RFC 9110 §15.2: "Since HTTP/1.0 did not define any 1xx status codes, a server MUST NOT send a 1xx response to an
/// HTTP/1.0 client." Stands where the version is still known, below the version-independent types.
final class InterimFilter: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var version = HTTPVersion.http1_1
    private var isOld: Bool { (version.major, version.minor) < (1, 1) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { version = head.version }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head(let head) = unwrapOutboundIn(data), (100..<200).contains(head.status.code), isOld {
            promise?.succeed()
        } else {
            context.write(data, promise: promise)
        }
    }
}
