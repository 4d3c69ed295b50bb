import Foundation
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import UploadProtocol

/// Answers HEADs whose way is clear; every other request goes on to Hummingbird.
///
/// The answers to what a client sends at once come in their order: such a HEAD is taken only when no other request is
/// under way on the connection, and what comes behind it waits for its end.
final class QuickHeads: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Held {
        case part(NIOAny)
        case event(Any)
        case error(any Error)
    }

    private let node: FrontNode
    /// Requests that went on, and whose response has not ended.
    private var passed = 0
    /// The one that is answered here.
    private var current: QuickHead?
    private var isAsking = false
    /// What came meanwhile.
    private var held = CircularBuffer<Held>()
    private var mayRead = true
    /// As the last answer told it.
    private var now: (second: Int64, text: String) = (.min, "")

    init(_ node: FrontNode) {
        self.node = node
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAsking else { return held.append(.part(data)) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            // A client that does not read its answers is to wait, and Hummingbird knows how to let it.
            if passed == 0, context.channel.isWritable { current = QuickHead(head, context.channel, node) }
            if current != nil { return }
            passed += 1
        case .end:
            if let current { return ask(current, context) }
        case .body: break
        }
        context.fireChannelRead(data)
    }

    private func ask(_ quick: QuickHead, _ context: ChannelHandlerContext) {
        isAsking = true
        let here = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        quick.ask(on: context.eventLoop) { here.value.0.finish($0, here.value.1) }
    }

    private func finish(_ response: HTTPResponse, _ context: ChannelHandlerContext) {
        (current, isAsking) = (nil, false)
        answer(response, context)
        let wentOn = !held.isEmpty
        while !isAsking, !held.isEmpty { look(at: held.removeFirst(), context) }
        guard !isAsking else { return }
        if wentOn { context.fireChannelReadComplete() }
        if !mayRead { context.pipeline.read() }
        mayRead = true
    }

    private func look(at held: Held, _ context: ChannelHandlerContext) {
        switch held {
        case .part(let data): channelRead(context: context, data: data)
        case .event(let event): context.fireUserInboundEventTriggered(event)
        // From the first handler on, if nothing is under way any more: what is no HTTP is answered on the way.
        case .error(let error): passed == 0 ? context.pipeline.fireErrorCaught(error) : context.fireErrorCaught(error)
        }
    }

    private func answer(_ response: HTTPResponse, _ context: ChannelHandlerContext) {
        var response = response
        response.headerFields[.date] = date()
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func date() -> String {
        let second = Int64(Date().timeIntervalSince1970)
        if now.second != second { now = (second, HTTPDate.format(second)) }
        return now.text
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { passed -= 1 }
        context.write(data, promise: promise)
    }

    func read(context: ChannelHandlerContext) {
        if isAsking, !held.isEmpty { mayRead = false } else { context.read() }
    }

    /// The end of what the client sends, for one: whoever hears it closes the connection.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isAsking { held.append(.event(event)) } else { context.fireUserInboundEventTriggered(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isAsking { held.append(.error(error)) } else { context.fireErrorCaught(error) }
    }
}
