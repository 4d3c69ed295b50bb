import Content
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Monitoring
import NIOCore
import Postgres
import Synchronization
import UploadProtocol
import Uploads

/// `GET /@jobs/events`: server-sent events (WHATWG HTML, section 9.2).
///
/// - `job`: a job that changed, as in the list.
/// - `stats`: the figures, with changes and every some seconds.
/// - `reset`: read the list again; comes first, unless `Last-Event-ID` says from where to go on, and when more changed
///   than is worth telling.
///
/// **Nothing is kept for a reader.** An event's id is a moment of the database; what changed since then is read from
/// the rows when the reader has taken what came before. So a slow reader holds no memory, one that was away misses
/// nothing, and any node goes on where another stopped.
extension JobsEndpoint {
    func events() async throws -> Response {
        guard [.get, .head].contains(exchange.method) else {
            return MethodNotAllowed.answer(exchange, allowed: "GET, HEAD")
        }
        try await checkReader()
        guard let seat = exchange.node.eventStreams.take() else {
            throw TusError.unavailable(
                "This node has \(EventStreams.most) readers of events already", retryAfter: 5)
        }
        var fields: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
        ]
        // nginx would gather them otherwise.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { fields[buffering] = "no" }
        let last = exchange.fields.first { $0.name.canonicalName == "last-event-id" }?.value
        let stream = EventStream(node: exchange.node, json: json, from: last.flatMap { Moment($0) })
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody { writer in
                try await stream.run { try await writer.write($0) }
                try await writer.finish(nil)
                // Taken until here, however the stream ends: the closure holds it.
                _ = seat
            })
    }
}

/// How many streams of events a node has open.
final class EventStreams: Sendable {
    /// Each looks at the database once a second.
    static let most = 64

    private let open = Mutex(0)

    /// Free again when it is let go.
    final class Seat: Sendable {
        private let streams: EventStreams

        fileprivate init(_ streams: EventStreams) { self.streams = streams }

        deinit { streams.open.withLock { $0 -= 1 } }
    }

    /// nil when all are taken.
    func take() -> Seat? {
        let isFree = open.withLock { open in
            guard open < Self.most else { return false }
            open += 1
            return true
        }
        return isFree ? Seat(self) : nil
    }
}

private struct EventStream: Sendable {
    /// Between two looks at the database.
    private static let look: Duration = .seconds(1)
    /// Between two `stats` when nothing changes; also what keeps the connection from seeming dead.
    private static let heartbeat: Duration = .seconds(5)
    /// Then the stream ends, and the reader comes again with its credentials.
    private static let longest: Duration = .seconds(900)

    let node: FrontNode
    let json: JobJSON
    let start: Moment?

    init(node: FrontNode, json: JobJSON, from start: Moment?) {
        self.node = node
        self.json = json
        self.start = start
    }

    func run(_ write: (ByteBuffer) async throws -> Void) async throws {
        let end = ContinuousClock.now + Self.longest
        try await write(ByteBuffer(string: "retry: 2000\n\n"))
        var moment = start
        var told: ContinuousClock.Instant?
        while ContinuousClock.now < end, !node.handover.writers.isDraining {
            var text = ""
            do {
                let news = try await news(since: moment)
                (moment, text) = (news.0, news.1)
                if !text.isEmpty || (told ?? .now) + Self.heartbeat <= .now || told == nil {
                    text += Self.event("stats", json.figures(try await node.jobs.figures()))
                }
            } catch let error as PostgresError where error.isUnavailable {
                text = ": the database cannot be reached\n\n"
            }
            if !text.isEmpty {
                try await write(ByteBuffer(string: text))
                told = .now
            }
            try await Task.sleep(for: Self.look)
        }
    }

    private func news(since moment: Moment?) async throws -> (Moment, String) {
        guard let moment else {
            let now = try await node.jobs.moment()
            return (now, Self.event("reset", [:], id: now))
        }
        let changes = try await node.jobs.changes(since: moment)
        if changes.isTooMuch { return (changes.now, Self.event("reset", [:], id: changes.now)) }
        let last = changes.jobs.count - 1
        // The id comes with the last of them: a reader that was cut off before has them all again.
        let events = changes.jobs.enumerated().map { index, job in
            Self.event("job", json.job(job), id: index == last ? changes.now : nil)
        }
        return (changes.now, events.joined())
    }

    private static func event(_ name: String, _ data: JSONValue, id: Moment? = nil) -> String {
        (id.map { "id: \($0.text)\n" } ?? "") + "event: \(name)\ndata: \(data.line)\n\n"
    }
}
