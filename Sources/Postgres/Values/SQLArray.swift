/// An element that a one-dimensional PostgreSQL array can hold: `[Int64]`, `[String]`, `[String?]`, `[Date]`, …
///
/// `UInt8` is the exception: `[UInt8]` is a `bytea`, not an array.
package protocol SQLArrayElement: Sendable {
    static func sqlText(of elements: [Self]) -> String
    static func elements(of sqlText: String) throws(SQLDecodingError) -> [Self]
}

extension SQLArrayElement where Self: SQLEncodable & SQLDecodable {
    package static func sqlText(of elements: [Self]) -> String {
        // Not by a key path: in generic code its making costs more than all else.
        ArrayLiteral.text(elements.map { $0.sqlText })
    }

    package static func elements(of sqlText: String) throws(SQLDecodingError) -> [Self] {
        var elements: [Self] = []
        for text in try ArrayLiteral.parse(sqlText) { elements.append(try Self(sqlText: text)) }
        return elements
    }
}

extension Int: SQLArrayElement {}
extension Int32: SQLArrayElement {}
extension Int64: SQLArrayElement {}
extension Double: SQLArrayElement {}
extension Bool: SQLArrayElement {}
extension String: SQLArrayElement {}
extension Optional: SQLArrayElement where Wrapped: SQLEncodable & SQLDecodable {}

extension Array: SQLEncodable where Element: SQLArrayElement {
    package var sqlText: String? { Element.sqlText(of: self) }
}

extension Array: SQLDecodable where Element: SQLArrayElement {
    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let sqlText else { throw .mismatch(Self.self, sqlText) }
        self = try Element.elements(of: sqlText)
    }
}

/// PostgreSQL's array literal, `{1,"a \"b\"",NULL}` (manual, section 8.15.6); one dimension only.
enum ArrayLiteral {
    private static let quote = UInt8(ascii: "\""), backslash = UInt8(ascii: "\\"), comma = UInt8(ascii: ",")
    private static let open = UInt8(ascii: "{"), close = UInt8(ascii: "}")

    /// Every element is quoted, so that no text ("", "NULL", braces, blanks) can mean something else.
    static func text(_ elements: [String?]) -> String {
        var bytes: [UInt8] = [open]
        bytes.reserveCapacity(2 + elements.reduce(0) { $0 + ($1?.utf8.count ?? 2) + 3 })
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(comma) }
            append(element, to: &bytes)
        }
        bytes.append(close)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ element: String?, to bytes: inout [UInt8]) {
        guard let element else { return bytes.append(contentsOf: "NULL".utf8) }
        bytes.append(quote)
        for byte in element.utf8 {
            if byte == quote || byte == backslash { bytes.append(backslash) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }

    static func parse(_ text: String) throws(SQLDecodingError) -> [String?] {
        var rest = Substring(text).utf8
        guard rest.popFirst() == open else { throw SQLDecodingError("the text is no one-dimensional array") }
        if rest.first == close, rest.count == 1 { return [] }
        var elements: [String?] = []
        while true {
            elements.append(try rest.first == quote ? quoted(&rest) : bare(&rest))
            switch rest.popFirst() {
            case comma: continue
            case close where rest.isEmpty: return elements
            default: throw SQLDecodingError("the array literal is malformed")
            }
        }
    }

    private static func quoted(_ rest: inout Substring.UTF8View) throws(SQLDecodingError) -> String {
        var bytes: [UInt8] = []
        rest.removeFirst()
        while let byte = rest.popFirst() {
            if byte == quote { return String(decoding: bytes, as: UTF8.self) }
            if byte == backslash, let escaped = rest.popFirst() { bytes.append(escaped) } else { bytes.append(byte) }
        }
        throw SQLDecodingError("the array literal ends inside quotes")
    }

    private static func bare(_ rest: inout Substring.UTF8View) throws(SQLDecodingError) -> String? {
        let bytes = Array(rest.prefix { $0 != comma && $0 != close })
        rest.removeFirst(bytes.count)
        guard !bytes.isEmpty, !bytes.contains(open) else {
            throw SQLDecodingError("the text is no one-dimensional array")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.uppercased() == "NULL" ? nil : text
    }
}
