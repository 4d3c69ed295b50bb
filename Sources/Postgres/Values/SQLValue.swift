/// A value that can be a `$n` parameter.
///
/// It is sent as text and the server decides the type, so cast in SQL where that is ambiguous (`$1::bigint[]`).
package protocol SQLEncodable: Sendable {
    /// The value in PostgreSQL's input syntax; nil is NULL. It must not contain U+0000 (refused before sending).
    var sqlText: String? { get }
}

/// A value that a column can become.
package protocol SQLDecodable: Sendable {
    /// Reads PostgreSQL's output syntax; nil is NULL. Throws when the text is no such value.
    init(sqlText: String?) throws(SQLDecodingError)
}

/// Why a column's text did not become the wanted value; `Row` adds the column's name and the value.
package struct SQLDecodingError: Error, Equatable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }

    static func mismatch(_ type: Any.Type, _ text: String?) -> SQLDecodingError {
        text == nil ? SQLDecodingError("NULL is no \(type)") : SQLDecodingError("the text is no \(type)")
    }
}

extension SQLEncodable where Self: LosslessStringConvertible {
    package var sqlText: String? { description }
}

extension SQLDecodable where Self: LosslessStringConvertible {
    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let sqlText, let value = Self(sqlText) else { throw .mismatch(Self.self, sqlText) }
        self = value
    }
}

extension Int: SQLEncodable, SQLDecodable {}
extension Int32: SQLEncodable, SQLDecodable {}
extension Int64: SQLEncodable, SQLDecodable {}
extension Double: SQLEncodable, SQLDecodable {}
extension String: SQLEncodable, SQLDecodable {}

extension Bool: SQLEncodable, SQLDecodable {
    package init(sqlText: String?) throws(SQLDecodingError) {
        switch sqlText {
        case "t": self = true
        case "f": self = false
        default: throw .mismatch(Self.self, sqlText)
        }
    }
}

extension Optional: SQLEncodable where Wrapped: SQLEncodable {
    package var sqlText: String? { flatMap { $0.sqlText } }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    package init(sqlText: String?) throws(SQLDecodingError) {
        self = sqlText == nil ? .none : .some(try Wrapped(sqlText: sqlText))
    }
}

/// An enum with raw values is stored as its raw value; it only needs to name the conformance.
extension SQLEncodable where Self: RawRepresentable, RawValue: SQLEncodable {
    package var sqlText: String? { rawValue.sqlText }
}

extension SQLDecodable where Self: RawRepresentable, RawValue: SQLDecodable {
    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let value = Self(rawValue: try RawValue(sqlText: sqlText)) else { throw .mismatch(Self.self, sqlText) }
        self = value
    }
}
