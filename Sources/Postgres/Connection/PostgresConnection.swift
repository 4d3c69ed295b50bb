import Logging
import Synchronization

/// One connection to the server, used by one task at a time.
///
/// `PostgresPool` hands it out for the length of a closure; it must not be kept beyond that.
package final class PostgresConnection: Sendable {
    /// libpq's connection and what is known of the session behind it.
    struct Session: ~Copyable {
        var libpq: Libpq
        /// The names of prepared statements by their type.
        var prepared: [ObjectIdentifier: String] = [:]
        var preparedCount = 0
        /// As the server knows it; nil is none, and then the client waits for ever.
        var statementTimeout: Duration?
        /// The pool must not use it again.
        var isRetired = false
    }

    let session: Mutex<Session>
    let slot = SocketReadiness.shared.makeSlot()

    init(_ libpq: consuming sending Libpq, statementTimeout: Duration?) {
        session = Mutex(Session(libpq: consume libpq, statementTimeout: statementTimeout))
    }

    deinit {
        SocketReadiness.shared.removeSlot(slot)
    }

    /// Connects on a thread of its own; throws `PostgresError` as `Connecting.open` does.
    static func connect(
        _ configuration: PostgresConfiguration, attempt: Int, logger: Logger
    ) async throws -> PostgresConnection {
        try await withCheckedThrowingContinuation { continuation in
            start(configuration, attempt: attempt, logger: logger) { continuation.resume(with: $0) }
        }
    }

    /// Connects on a thread of its own and calls `completion` there.
    static func start(
        _ configuration: PostgresConfiguration, attempt: Int, logger: Logger,
        completion: @escaping @Sendable (Result<PostgresConnection, any Error>) -> Void
    ) {
        let started = BlockingThread.start {
            completion(Result { try open(configuration, attempt: attempt, logger: logger) })
        }
        if !started { completion(.failure(PostgresError(.unreachable, "no thread left to connect with"))) }
    }

    private static func open(
        _ configuration: PostgresConfiguration, attempt: Int, logger: Logger
    ) throws -> PostgresConnection {
        let conninfo = try Conninfo(configuration.conninfo)
        let parameters = conninfo.parameters(configuration, attempt: attempt)
        let libpq = try Connecting.open(
            conninfo, parameters, within: configuration.connectTimeout, notices: NoticeLog(logger)
        )
        return PostgresConnection(libpq, statementTimeout: configuration.statementTimeout)
    }

    /// Closes the connection; what runs on the server is rolled back there. Later calls throw `.closed`.
    func close() {
        session.withLock { $0.libpq.close() }
    }

    /// Has the pool close the connection instead of using it again: its session was changed in a way that others must
    /// not see.
    package func retire() {
        session.withLock { $0.isRetired = true }
    }

    /// Whether another task may have it: open, between transactions, not retired.
    var isReusable: Bool {
        session.withLock { $0.libpq.isUsable && $0.libpq.isIdle && !$0.isRetired }
    }
}
