import CLibPQ
import Glibc

/// Making a connection, which blocks: libpq looks names up with getaddrinfo. For a `BlockingThread` only.
enum Connecting {
    /// Throws `PostgresError`: `.unreachable`, or `.configuration` when the server refuses the credentials or the
    /// database (SQLSTATE 28xxx, 3D000, 42501), with libpq's message, redacted.
    static func open(
        _ conninfo: Conninfo, _ parameters: [(String, String)], within limit: Duration, notices: NoticeLog
    ) throws(PostgresError) -> sending Libpq {
        let started = withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectStartParams(keywords, values, 1) }
        }
        guard let raw = started else { throw PostgresError(.unreachable, "out of memory") }
        notices.attach(to: raw)
        // The only way to learn the SQLSTATE of a refused connection is to have libpq put it into the message.
        PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        if let failure = poll(raw, until: .now + limit, limit) {
            defer { PQfinish(raw) }
            throw error(conninfo.redacted(failure))
        }
        PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
        return Libpq(raw, notices: notices)
    }

    /// Polls until connected; libpq's message or ours when that fails.
    private static func poll(_ raw: OpaquePointer, until deadline: ContinuousClock.Instant, _ limit: Duration)
        -> String?
    {
        var next = PQstatus(raw) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while true {
            switch next {
            case PGRES_POLLING_OK: return nil
            case PGRES_POLLING_FAILED: return String(cString: PQerrorMessage(raw))
            default: break
            }
            let events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var watched = pollfd(fd: PQsocket(raw), events: Int16(events), revents: 0)
            let left = max(0, ContinuousClock.now.duration(to: deadline).milliseconds)
            let count = Glibc.poll(&watched, 1, Int32(clamping: left))
            if count > 0 { next = PQconnectPoll(raw) }
            if count == 0 { return "no answer from \(place(raw)) within \(limit)" }
        }
    }

    private static func place(_ raw: OpaquePointer) -> String {
        let host = PQhost(raw).map { String(cString: $0) } ?? "", port = PQport(raw).map { String(cString: $0) } ?? ""
        return "host \"\(host)\", port \(port)"
    }

    /// Takes the SQLSTATE out of `… FATAL:  28P01: password …; LOCATION:  auth_failed, auth.c:335`.
    static func error(_ verbose: String) -> PostgresError {
        let lines = verbose.split(separator: "; ").filter { !$0.hasPrefix("LOCATION:") }
        let message = lines.joined(separator: "; ")
        guard let found = message.firstRange(of: #/:  [0-9A-Z]{5}: /#) else {
            return PostgresError(.unreachable, message)
        }
        let sqlState = String(message[found].dropLast(2).suffix(5))
        let isRefusal = sqlState.hasPrefix("28") || ["3D000", "42501"].contains(sqlState)
        let shown = message.replacing("\(sqlState): ", with: "")
        return PostgresError(isRefusal ? .configuration : .unreachable, shown, sqlState: sqlState)
    }
}
