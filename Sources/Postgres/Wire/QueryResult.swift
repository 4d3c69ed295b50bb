import CLibPQ
import Glibc
import Synchronization

/// A finished result of libpq.
///
/// Unchecked, because the pointer is not Sendable: a PGresult never changes once libpq has handed it over (manual,
/// section 34.20), it is only read here, and `deinit` frees it when nobody can read it any more.
final class QueryResult: @unchecked Sendable {
    private let raw: OpaquePointer
    private let count: Int32
    /// Where the next column is looked for first: rows are read in the order of their columns, more or less. Only a
    /// hint, so nobody minds who set it.
    private let next = Atomic<Int32>(0)

    init(_ raw: OpaquePointer) {
        self.raw = raw
        count = PQnfields(raw)
    }

    deinit {
        PQclear(raw)
    }

    /// Where the column of this name stands; nil: there is none. Names are unique in our statements.
    func position(of column: String) -> Int32? {
        var column = column
        return column.withUTF8 { name in
            var position = next.load(ordering: .relaxed)
            for _ in 0..<count {
                if position >= count { position = 0 }
                if isNamed(position, name) {
                    next.store(position + 1, ordering: .relaxed)
                    return position
                }
                position += 1
            }
            return nil
        }
    }

    private func isNamed(_ position: Int32, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let own = PQfname(raw, position), let wanted = name.baseAddress else { return false }
        return strlen(own) == name.count && memcmp(own, wanted, name.count) == 0
    }

    /// The names of all columns, for messages.
    var columns: [String] {
        (0..<count).map { PQfname(raw, $0).map { String(cString: $0) } ?? "" }
    }

    var rows: [Row] { (0..<PQntuples(raw)).map { Row(result: self, index: $0) } }

    func text(row: Int32, column: Int32) -> String? {
        guard PQgetisnull(raw, row, column) == 0, let value = PQgetvalue(raw, row, column) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(raw, row, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    var rowsAffected: Int {
        PQcmdTuples(raw).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// The command's tag, such as `COMMIT` or `INSERT 0 1`.
    var commandTag: String {
        PQcmdStatus(raw).map { String(cString: $0) } ?? ""
    }

    var isCopy: Bool {
        [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(raw))
    }

    /// The error that this result stands for, if it is one.
    var error: PostgresError? {
        guard [PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE].contains(PQresultStatus(raw)) else { return nil }
        var message = field("M") ?? PQresultErrorMessage(raw).map { oneLine(String(cString: $0)) } ?? "unknown error"
        if let detail = field("D") { message += "; \(detail)" }
        if let hint = field("H") { message += "; \(hint)" }
        return PostgresError(.server, message, sqlState: field("C"), constraint: field("n"))
    }

    /// A field of the error by its PG_DIAG code (libpq's `postgres_ext.h`).
    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(raw, Int32(code.value)).map { oneLine(String(cString: $0)) }
    }
}
