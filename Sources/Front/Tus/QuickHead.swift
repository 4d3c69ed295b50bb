import Content
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Monitoring
import NIOCore
import UploadProtocol
import Uploads

/// A HEAD whose way is clear: who asks and where are remembered, so that it takes one statement and no task.
///
/// A request that is unusual is none, and with an upload that is not merely open it goes on as any other.
final class QuickHead: Sendable {
    private let exchange: Exchange
    private let id: UploadID
    private let place: Place
    private let request: Request
    private let requestID: String
    private let names: Logger.Metadata
    private var node: FrontNode { exchange.node }

    /// nil if it is to go the usual way.
    init?(_ head: HTTPRequest, _ channel: any Channel, _ node: FrontNode) {
        guard Self.isPlain(head), !node.handover.writers.isDraining, let route = head.path.flatMap(Route.init),
            case .upload(_, let text?) = route.endpoint, let id = UploadID(text)
        else { return nil }
        request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let context = FrontContext(source: ApplicationRequestContextSource(channel: channel, logger: node.logger))
        exchange = Exchange(request, context, node: node, method: .head, route: route)
        guard let place = Place.rememberedOfUploads(exchange) else { return nil }
        (self.place, self.id) = (place, id)
        requestID = RequestID.of(head.headerFields)
        names = RequestObserver.names(requestID, head.headerFields)
        exchange.record.found(route, .head)
        exchange.record.concerns(upload: text)
    }

    /// Nothing but what every tus client sends.
    private static func isPlain(_ head: HTTPRequest) -> Bool {
        let fields = head.headerFields
        return head.method == .head && head.path?.utf8.contains(UInt8(ascii: "?")) == false
            && (try? Tus.checkVersion(fields)) != nil && Authority.isServable(head)
            && fields.allSatisfy { !unusual.contains($0.name) }
    }

    private static let unusual: Set<HTTPField.Name> = [.connection, .contentLength, .transferEncoding, .expect]

    /// The answer is made, and logged, where the statement's came, one after another: on the event loops that would
    /// take a fifth more, since those that come together are answered while the next are read. A log that takes no
    /// lines holds up all HEADs, as it holds up whoever else writes to it.
    /// - Parameter body: called on the event loop.
    func ask(on loop: any EventLoop, then body: @escaping @Sendable (HTTPResponse) -> Void) {
        let arrival = exchange.arrive(at: id)
        node.uploads.findOpen(id) { [self] found in
            if let response = answer(found, arrival) { return loop.execute { body(response) } }
            Task { [self] in
                let response = await goOn(found, arrival)
                loop.execute { body(response) }
            }
        }
    }

    /// nil if there is more to it.
    private func answer(_ found: Result<OpenUpload?, any Error>, _ arrival: Arrivals.Arrival) -> HTTPResponse? {
        guard case .success(let upload?) = found, place.mayTouch(upload), !node.uploads.isEarly(arrival)
        else { return nil }
        exchange.leave(arrival)
        return told(Response(status: .ok, headers: HeadUpload.describe(upload)))
    }

    /// The usual way, with the same place among the requests on the upload.
    private func goOn(_ found: Result<OpenUpload?, any Error>, _ arrival: Arrivals.Arrival) async -> HTTPResponse {
        defer { exchange.leave(arrival) }
        let response = await LogScope.$metadata.withValue(names) {
            await FrontResponder(node: node).head(exchange, arrival, found, logger)
        }
        return told(response)
    }

    private var logger: Logger { RequestObserver.logger(node, names) }

    private func told(_ response: Response) -> HTTPResponse {
        var fields = response.headers
        node.settings.crossOrigin?.describe(&fields, to: exchange.fields, isPreflight: false)
        RequestObserver.sign(&fields, requestID, node)
        fields[.contentLength] = fields[.contentLength] ?? response.body.contentLength.map { String($0) }
        exchange.record.begin(request, logger)
        exchange.record.answers(response.status.code)
        exchange.record.finish()
        return HTTPResponse(status: response.status, headerFields: fields)
    }
}
