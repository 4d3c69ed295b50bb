import CLibPQ
import Glibc

/// libpq's connection, in steps that never block (manual, section 34.4); the owner waits between them.
struct Libpq: ~Copyable {
    enum Progress: Sendable {
        case wait(SocketReadiness.Interest)
        /// All results of the command, and the server is ready for the next one.
        case finished([QueryResult])
        case lost(PostgresError)
    }

    struct Notification: Sendable {
        let channel: String, payload: String
    }

    /// nil once closed; every libpq function takes that for a broken connection.
    private var raw: OpaquePointer?
    /// libpq holds a pointer to it for notices.
    private let notices: NoticeLog
    private var results: [QueryResult] = []

    /// Takes over an established connection.
    init(_ raw: OpaquePointer, notices: NoticeLog) {
        self.raw = raw
        self.notices = notices
        PQsetnonblocking(raw, 1)
    }

    deinit {
        PQfinish(raw)
    }

    mutating func close() {
        PQfinish(raw)
        raw = nil
    }

    var isOpen: Bool { raw != nil }
    var descriptor: Int32 { PQsocket(raw) }
    var isUsable: Bool { PQstatus(raw) == CONNECTION_OK }
    var isIdle: Bool { PQtransactionStatus(raw) == PQTRANS_IDLE }
    var isInTransaction: Bool { [PQTRANS_INTRANS, PQTRANS_INERROR].contains(PQtransactionStatus(raw)) }
    var errorMessage: String { oneLine(String(cString: PQerrorMessage(raw))) }

    func sendScript(_ sql: String) -> Bool {
        PQsendQuery(raw, sql) == 1
    }

    func sendPrepare(_ name: String, _ sql: String) -> Bool {
        PQsendPrepare(raw, name, sql, 0, nil) == 1
    }

    func sendPrepared(_ name: String, _ parameters: [String?]) -> Bool {
        withCStrings(parameters) {
            PQsendQueryPrepared(raw, name, Int32(parameters.count), $0, nil, nil, 0) == 1
        }
    }

    /// One step of sending and receiving. While there is more to send it also reads: a server that is blocked on
    /// writing to us would never read on.
    mutating func advance() -> Progress {
        let unsent = PQflush(raw)
        if unsent < 0 || PQconsumeInput(raw) == 0 { return lost() }
        while PQisBusy(raw) == 0 {
            guard let result = PQgetResult(raw) else { return finished() }
            results.append(QueryResult(result))
            if results.last?.isCopy == true { return .lost(PostgresError(.server, "COPY is not supported")) }
        }
        return .wait(unsent == 0 ? .read : [.read, .write])
    }

    private mutating func finished() -> Progress {
        defer { results = [] }
        return isUsable ? .finished(results) : lost()
    }

    /// The error of a broken connection: the server's last words (57P01 and the like) if they came, else libpq's.
    private mutating func lost() -> Progress {
        var error = PostgresError(.connectionLost, errorMessage)
        // On a broken connection PQgetResult does not block.
        while !isUsable, let result = PQgetResult(raw) { results.append(QueryResult(result)) }
        if let words = results.compactMap(\.error).last(where: { $0.sqlState != nil }) {
            error.message = words.message
            error.sqlState = words.sqlState
        }
        return .lost(error)
    }

    /// Reads what has come without being asked for; false when the connection is gone.
    func consume() -> Bool {
        PQconsumeInput(raw) == 1 && isUsable
    }

    /// Whether something can be read, the end of the connection included; never waits.
    var hasInput: Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, 0) != 0
    }

    func nextNotification() -> Notification? {
        guard let notify = PQnotifies(raw) else { return nil }
        defer { PQfreemem(notify) }
        return Notification(
            channel: String(cString: notify.pointee.relname), payload: String(cString: notify.pointee.extra)
        )
    }

    func makeCancelHandle() -> CancelHandle? {
        PQgetCancel(raw).map(CancelHandle.init)
    }
}

/// Calls `body` with a null-terminated array of C strings, nil as NULL.
func withCStrings<R>(_ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R) -> R {
    var pointers = texts.map { text in text.flatMap { UnsafePointer(strdup($0)) } }
    defer { for pointer in pointers { free(UnsafeMutableRawPointer(mutating: pointer)) } }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
}
