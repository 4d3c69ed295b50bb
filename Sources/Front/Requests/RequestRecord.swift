import HTTPTypes
import Hummingbird
import Logging
import Meters
import Synchronization

/// What is to be told of one request when it has ended: one line in the log, one duration in the metrics. Once,
/// however it ends.
final class RequestRecord: Sendable {
    private struct State {
        var path = ""
        var method = ""
        var kind = RequestKind(method: .other, endpoint: .malformed, status: 0)
        var upload: String?
        var user: String?
        var isAnswered = true
        var logger: Logger?
    }

    private let begin = ContinuousClock.now
    private let state = Mutex(State())
    private let bytes = Atomic(0)

    /// A body that was never sent, since the connection ended before it, takes its request with it.
    deinit { finish() }

    /// - Parameter logger: names the request already.
    func begin(_ request: Request, _ logger: Logger) {
        state.withLock { state in
            state.path = LoggedPath.of(request.uri.path)
            state.method = String(request.method.rawValue.prefix(32))
            state.kind.method = .init(request.method.rawValue)
            state.logger = logger
        }
    }

    /// - Parameter method: the one that the request means.
    func found(_ route: Route, _ method: HTTPRequest.Method) {
        state.withLock { state in
            state.kind.method = .init(method.rawValue)
            state.kind.endpoint = route.kind
        }
    }

    func concerns(upload: String) { state.withLock { $0.upload = upload } }

    func isSent(by user: String) { state.withLock { $0.user = user } }

    /// Its connection was closed instead.
    func hasNoAnswer() { state.withLock { $0.isAnswered = false } }

    /// Bytes of its body that were read.
    func received(_ count: Int) {
        bytes.add(count, ordering: .relaxed)
        Measured.bytesReceived.add(count)
    }

    func answers(_ status: Int) {
        state.withLock { $0.kind.status = $0.isAnswered ? status : 0 }
    }

    /// Nothing happens the second time.
    func finish() {
        let told = state.withLock { state -> State? in
            guard state.logger != nil else { return nil }
            defer { state.logger = nil }
            return state
        }
        guard let told, let logger = told.logger else { return }
        let duration = ContinuousClock.now - begin
        Measured.requests.record(told.kind, duration)
        logger.info("request", metadata: metadata(told, duration))
    }

    /// One that never became a request: nobody knows its method, nor where it was to go.
    static func refused(_ status: Int, because error: String, _ id: String, _ logger: Logger) {
        let kind = RequestKind(method: .other, endpoint: .malformed, status: status)
        Measured.requests.record(kind, .zero)
        logger.info(
            "request",
            metadata: [
                "request_id": "\(id)", "endpoint": "\(kind.endpoint.rawValue)",
                "status": .stringConvertible(status), "error": "\(error)",
            ])
    }

    private func metadata(_ told: State, _ duration: Duration) -> Logger.Metadata {
        // Room for those of the logger, too.
        var metadata = Logger.Metadata(minimumCapacity: 12)
        metadata["method"] = .string(told.method)
        metadata["endpoint"] = .string(told.kind.endpoint.rawValue)
        metadata["path"] = .string(told.path)
        metadata["status"] = .stringConvertible(told.kind.status)
        metadata["bytes_in"] = .stringConvertible(bytes.load(ordering: .relaxed))
        metadata["duration_ms"] = .stringConvertible(duration.milliseconds)
        if let upload = told.upload { metadata["upload"] = "\(upload)" }
        if let user = told.user { metadata["user"] = "\(user)" }
        return metadata
    }
}

/// A request's path as the log tells it: in ASCII, of bounded length, without the query, which may hold anything.
enum LoggedPath {
    static let mostBytes = 512

    static func of(_ path: String) -> String {
        if path.utf8.count <= mostBytes, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return path }
        var result = ""
        for byte in path.utf8.prefix(mostBytes) {
            if byte > 0x20, byte < 0x7F {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count < 2 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return path.utf8.count > mostBytes ? result + "…" : result
    }
}
