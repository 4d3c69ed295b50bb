import Content
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization
import UploadProtocol
import Uploads

/// One request on its way: its parts, who sends it, where it stands in the world, and what became of its body.
final class Exchange: Sendable {
    private enum BodyState { case untouched, inUse, finished }

    let node: FrontNode
    let method: HTTPRequest.Method
    let route: Route
    let fields: HTTPFields
    let uri: URI
    /// Where this service stands for the client, for absolute URLs: `TUSSOCK_PUBLIC_URL`, else what trusted proxies
    /// say, else what `Host` says. No slash at its end.
    var base: String {
        knownBase.withLock { known in
            let base = known ?? findBase()
            known = base
            return base
        }
    }
    /// Most requests need none, and a listing needs it for each of its items.
    private let knownBase = Mutex<String?>(nil)
    /// As they were when the request came: a channel that is closed has none.
    private let peer, local: SocketAddress?
    /// What the log and the metrics are told of it.
    let record: RequestRecord
    /// What stands along the request's path, once it was looked for.
    let place = Mutex<ResolvedPath?>(nil)
    /// Whether that may be, or is, what this node remembers.
    let guess = Mutex(Guess.refused)
    private let request: Request
    private let channel: any Channel
    private let bodyState = Mutex(BodyState.untouched)
    /// A body that was read and given back.
    private let kept = Mutex<ByteBuffer?>(nil)

    init(_ request: Request, _ context: FrontContext, node: FrontNode, method: HTTPRequest.Method, route: Route) {
        self.request = request
        self.node = node
        self.method = method
        self.route = route
        fields = request.headers
        uri = request.uri
        channel = context.channel
        (peer, local) = (channel.remoteAddress, channel.localAddress)
        record = context.record
    }

    private func findBase() -> String {
        (node.settings.publicURL
            ?? PublicBase(
                request.head, peer: peer?.ipAddress.flatMap { IPAddress($0) }, local: Authority(local),
                trusted: node.settings.trustedProxies)).text
    }

    /// The account that sends the request. Throws 401 when there is none or the password is wrong.
    func principal() async throws -> Principal {
        guard let header = fields[.authorization] else { throw TusError.unauthorized() }
        do {
            guard let principal = try await node.authenticator.principal(authorization: header) else {
                throw TusError.unauthorized()
            }
            record.isSent(by: principal.name)
            return principal
        } catch let error as BasicCredentials.Malformed {
            throw TusError.unauthorized("\(error)")
        }
    }

    // MARK: Its place among the requests on one upload

    /// Takes note of this request before anything that may hold it up. To be followed by `leave`.
    func arrive(at id: UploadID) -> Arrivals.Arrival {
        let channel = channel
        return node.handover.arrivals.arrive(at: id) { await ConnectionHandler.isOpen(channel) }
    }

    func leave(_ arrival: Arrivals.Arrival) {
        node.handover.arrivals.leave(arrival)
    }

    /// Ends an upload for what this request did to it.
    func end(_ id: UploadID, reason: String? = nil) async throws {
        let arrival = arrive(at: id)
        defer { leave(arrival) }
        try await node.uploads.terminate(id, for: arrival, reason: reason) { _ in }
    }

    // MARK: The body

    /// The body, to be read once; a client that waits for `100 Continue` is told to go on.
    func body() async throws -> RequestBody {
        if let buffer = kept.withLock({ $0.take() }) { return RequestBody(buffer: buffer) }
        bodyState.withLock { $0 = .inUse }
        if fields[.expect]?.lowercased() == "100-continue" {
            try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
        }
        return RequestBody(asyncSequence: CountedBody(body: request.body, record: record))
    }

    /// The fields behind the body, which must have been read to its end; nil if there were none.
    func trailers() async -> HTTPFields? {
        await end().trailers
    }

    /// Whether all of the body is in memory already, to be read without waiting.
    func bodyHasCome() async -> Bool {
        await end().hasCome
    }

    private func end() async -> EndOfRequest {
        let request = EndOfRequest()
        // A channel that is closed by now has nothing to tell.
        try? await channel.triggerUserOutboundEvent(request)
        return request
    }

    /// The next `body` is this one, which was read before.
    func putBack(_ buffers: [ByteBuffer]) {
        var all = ByteBuffer()
        for var buffer in buffers { all.writeBuffer(&buffer) }
        kept.withLock { $0 = all }
    }

    /// Sends an interim response. Nobody waits for it, and a client that does not read misses it: memory stays bounded.
    ///
    /// Only before the answer to the request is given; what is written after that would belong to the next one.
    func inform(_ status: HTTPResponse.Status, _ fields: HTTPFields) {
        guard channel.isWritable else { return }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: status, headerFields: fields)), promise: nil)
    }

    /// Nothing of the body has been read, or it was given back.
    var bodyIsThere: Bool { bodyState.withLock { $0 } == .untouched || kept.withLock { $0 } != nil }

    /// The body was read to its end: the connection may carry another request.
    func bodyIsFinished() {
        bodyState.withLock { $0 = .finished }
    }

    /// Bodies up to this size are read and thrown away after a refusal, so that the connection can go on, bytes.
    private static let worthReading: Int64 = 64 * 1024

    /// Makes a response end the connection when its request's body is still on the way.
    func settled(_ response: Response) async -> Response {
        let state = bodyState.withLock { $0 }
        guard state != .finished, !isSmall(state) else { return response }
        var response = response
        response.headers[.connection] = "close"
        // If the channel is closed already there is nothing left to refuse.
        try? await channel.triggerUserOutboundEvent(CloseAfterResponse())
        return response
    }

    private func isSmall(_ state: BodyState) -> Bool {
        guard state == .untouched, fields[.expect] == nil, let body = try? BodyLength(fields) else { return false }
        switch body {
        case .none: return true
        case .exactly(let length): return length <= Self.worthReading
        case .unknown: return false
        }
    }

    /// Ends the connection at once: its request has been taken over by a newer one. The response goes nowhere.
    func abandoned() -> Response {
        record.hasNoAnswer()
        channel.close(promise: nil)
        return Response(status: .serviceUnavailable)
    }

    /// Sends files without copying them; nil where that cannot be: `ConnectionHandler` has said how the request came.
    var fileSender: FileSender? {
        request.head.scheme == "http" ? FileSender(channel: channel, files: node.files) : nil
    }

    // MARK: URLs

    /// The absolute URL of content.
    func url(of path: [String]) -> String {
        base + path.map { "/" + URLPath.encoded($0) }.joined()
    }

    /// The absolute URL of an upload at the requested place; goes through `++api++` where the request did.
    func uploadURL(_ id: UploadID, name: String) -> String {
        var segments = route.path.map(URLPath.encoded)
        if let place = route.api { segments.insert(Route.api, at: place) }
        return base + segments.map { "/" + $0 }.joined() + "/\(name)/\(id)"
    }
}

/// Paths in URLs.
package enum URLPath {
    /// A name as one segment of a path.
    package static func encoded(_ segment: String) -> String {
        if segment.utf8.allSatisfy(plainBytes.contains) { return segment }
        return segment.addingPercentEncoding(withAllowedCharacters: plainCharacters) ?? ""
    }

    /// A segment's text; nil for a percent sign without two digits, and for bytes that are not UTF-8.
    ///
    /// Our own, because Foundation's leaves out a byte order mark: a segment could become empty, or another name.
    package static func decoded(_ segment: some Collection<UInt8>) -> String? {
        var rest = Array(segment)[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(HexDigit.value), let low = rest.popFirst().flatMap(HexDigit.value)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// RFC 3986 §3.3: pchar.
    static let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@"
    private static let plainBytes = Set(plain.utf8)
    private static let plainCharacters = CharacterSet(charactersIn: plain)
}
