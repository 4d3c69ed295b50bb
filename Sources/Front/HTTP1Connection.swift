import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// One connection that speaks HTTP/1.1 or 1.0, and what answers the requests on it.
///
/// The same as Hummingbird's own, except that little of a body waits in memory: with its default of ten buffers, 64
/// streams took 160 MiB.
struct HTTP1Connection: ServerChildChannel, HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// As much header as over HTTP/2, bytes, and fields.
    static let mostHeader = HTTP2Connection.mostHeader
    static let mostFields = 1000
    /// Parts of requests that wait: so many, and nothing more is read; so few, and it goes on. A HEAD has two.
    static let waiting = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
        lowWatermark: 1, highWatermark: 2)

    let node: FrontNode
    let carrier: ConnectionHandler.Carrier
    let responder: HTTPChannelHandler.Responder

    private var idleTimeout: Duration { .seconds(node.settings.idleTimeout) }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            // Pipelined requests wait in the channel, errors are answered by `MalformedRequests`, and HTTPTypes cannot
            // hold a header that is none.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: Self.limits)
            try pipeline.addHandlers(
                HTTP1ToHTTPServerCodec(secure: false), ConnectionHandler(carrier, node), MalformedRequests(node),
                HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger), QuickHeads(node))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: Self.waiting, isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }

    private static var limits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = mostHeader
        limits.maxHeaderListSize = mostHeader
        limits.maxHeaderFieldCount = mostFields
        return limits
    }
}
