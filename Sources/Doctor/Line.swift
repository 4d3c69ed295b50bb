import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A response, or an interim one.
struct Reply: Sendable {
    var status: Int
    var version: HTTPVersion
    var fields: HTTPHeaders
    var body: [UInt8] = []

    subscript(_ name: String) -> String? { fields.first(name: name) }

    var isInterim: Bool { (100..<200).contains(status) }
    var offset: Int64? { self["Upload-Offset"].flatMap { Int64($0) } }
    /// Answered by tussock, not by something before it.
    var isOurs: Bool { fields.contains(name: "Tus-Resumable") || fields.contains(name: "X-Tussock-Node") }
    var text: String { String(decoding: body.prefix(300), as: UTF8.self) }
}

/// One connection for one request, which may be sent in halves, and what comes back on it.
final class Line: Sendable {
    /// What kept a request from being answered.
    struct Trouble: Error, CustomStringConvertible {
        var description: String
    }

    private let channel: any Channel
    private let inbox: Inbox

    private init(channel: any Channel, inbox: Inbox) {
        (self.channel, self.inbox) = (channel, inbox)
    }

    deinit { channel.close(promise: nil) }

    static func open(_ site: Site, within limit: Duration = .seconds(10)) async throws -> Line {
        let inbox = Inbox()
        let limit = TimeAmount.nanoseconds(Int64(limit / .nanoseconds(1)))
        let encryption = Mutex<Encryption?>(nil)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(limit)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if site.isSecure {
                        let added = try Encryption(of: site, on: channel)
                        encryption.withLock { $0 = added }
                    }
                    let decoder = HTTPResponseDecoder(
                        leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
                    try channel.pipeline.syncOperations.addHandlers([
                        HTTPRequestEncoder(), ByteToMessageHandler(decoder), ReplyHandler(inbox),
                    ])
                }
            }
        do {
            let line = Line(channel: try await bootstrap.connect(host: site.host, port: site.port).get(), inbox: inbox)
            try await encryption.withLock { $0 }?.agree(within: limit)
            return line
        } catch {
            throw Trouble(description: "no connection to \(site.host) port \(site.port): \(error)")
        }
    }

    /// Sends a request's head; `Content-Length` is the caller's to say.
    func begin(_ method: HTTPMethod, _ path: String, _ fields: HTTPHeaders) async throws {
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
        try await write(.head(head))
    }

    /// Returns when the kernel has taken it, or the peer has answered. Throws when it has ended the connection.
    func send(_ bytes: [UInt8]) async throws {
        try await write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    func end() async throws { try await write(.end(nil)) }

    private func write(_ part: HTTPClientRequestPart) async throws {
        do {
            // A peer that reads nothing would keep one who is called away.
            try await withTaskCancellationHandler {
                try await channel.writeAndFlush(part)
            } onCancel: {
                close()
            }
        } catch {
            // A peer that has answered need not read the rest.
            if inbox.isAnswered { return }
            throw Trouble(description: inbox.ending ?? "the connection was closed: \(error)")
        }
    }

    /// The next reply, interim ones included; nil if none comes in time, or ever.
    func reply(within limit: Duration) async throws -> Reply? {
        let deadline = ContinuousClock.now + limit
        while true {
            // First the end, for a reply may come just before it.
            let isOver = inbox.ending != nil
            if let reply = inbox.take() { return reply }
            if isOver || ContinuousClock.now >= deadline { return nil }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The reply that is not interim. Throws `Trouble` if none comes.
    func finalReply(within limit: Duration = .seconds(60)) async throws -> Reply {
        let deadline = ContinuousClock.now + limit
        while let reply = try await reply(within: deadline - .now) {
            if !reply.isInterim { return reply }
        }
        throw Trouble(description: ending ?? "no answer within \(limit)")
    }

    /// Why nothing comes any more; nil while the connection stands.
    var ending: String? { inbox.ending }

    func close() { channel.close(promise: nil) }
}

/// What has come on a connection.
private final class Inbox: Sendable {
    private struct State {
        var replies: [Reply] = []
        var ending: String?
    }

    private let state = Mutex(State())

    var ending: String? { state.withLock { $0.ending } }

    func put(_ reply: Reply) { state.withLock { $0.replies.append(reply) } }

    func take() -> Reply? { state.withLock { $0.replies.isEmpty ? nil : $0.replies.removeFirst() } }

    var isAnswered: Bool { state.withLock { state in state.replies.contains { !$0.isInterim } } }

    func end(_ reason: String) { state.withLock { $0.ending = $0.ending ?? reason } }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// Longer bodies are cut, bytes.
    private static let mostBytes = 1 << 20

    private let inbox: Inbox
    private var current: Reply?

    init(_ inbox: Inbox) { self.inbox = inbox }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let reply = Reply(status: Int(head.status.code), version: head.version, fields: head.headers)
            // An interim response has no end of its own.
            if reply.isInterim { inbox.put(reply) } else { current = reply }
        case .body(let bytes):
            let room = Self.mostBytes - (current?.body.count ?? 0)
            current?.body.append(contentsOf: bytes.readableBytesView.prefix(room))
        case .end:
            if let current { inbox.put(current) }
            current = nil
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.end("the connection failed: \(error)")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.end("the connection was closed without an answer")
    }
}
