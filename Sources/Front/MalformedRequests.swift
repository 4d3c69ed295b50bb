import Content
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import UploadProtocol

/// Answers what is no HTTP at all, or has more header than fits: 400, or 431 (RFC 6585 §5), then the connection ends.
///
/// Only between requests. While one is being answered its handler is told instead, as of a cut connection, so that
/// what came of its body is kept; nothing that follows on the connection is read as a request, since nobody can say
/// where it would begin (RFC 9112 §11.2).
///
/// A refusal is counted and logged as a request is, with an id of its own, since there is none to be read.
final class MalformedRequests: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let crossOrigin: CrossOrigin?
    private let logger: Logger
    /// Requests that have begun and whose response has not ended.
    private var pending = 0
    private var isRefused = false

    init(_ node: FrontNode) {
        crossOrigin = node.settings.crossOrigin
        logger = node.logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { pending += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { pending -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard pending == 0, let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        // The decoder tells it again for whatever still comes.
        guard !isRefused else { return }
        isRefused = true
        let (status, message) = Self.refusal(error)
        let body = ContentJSON.nestedError(type: status.reasonPhrase, message: message).text
        let id = RequestID.of([:])
        var fields: HTTPFields = [
            .contentType: "application/json", .contentLength: String(body.utf8.count), .connection: "close",
            .tusResumable: Tus.version, .xContentTypeOptions: "nosniff", .xRequestID: id,
        ]
        crossOrigin?.describe(&fields, to: [:], isPreflight: false)
        context.triggerUserOutboundEvent(CloseAfterResponse(), promise: nil)
        let head = HTTPResponse(status: status, headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        RequestRecord.refused(status.code, because: "\(error)", id, logger)
    }

    private static func refusal(_ error: HTTPParserError) -> (HTTPResponse.Status, String) {
        if error == .headerOverflow {
            return (.requestHeaderFieldsTooLarge, "The header must be at most 80 KiB and 1000 fields")
        }
        return (.badRequest, "The request is not well-formed HTTP")
    }
}
