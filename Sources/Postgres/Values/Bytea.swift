/// `[UInt8]` is a `bytea` in hex format (manual, section 8.4.1): `\x` and two digits a byte.
extension UInt8: SQLArrayElement {
    package static func sqlText(of elements: [UInt8]) -> String {
        var bytes = Array("\\x".utf8)
        bytes.reserveCapacity(2 + 2 * elements.count)
        for element in elements {
            bytes.append(HexDigits.all[Int(element >> 4)])
            bytes.append(HexDigits.all[Int(element & 0xF)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func elements(of sqlText: String) throws(SQLDecodingError) -> [UInt8] {
        let text = Array(sqlText.utf8)
        guard text.starts(with: "\\x".utf8), text.count.isMultiple(of: 2) else {
            throw SQLDecodingError("the text is no bytea in hex format")
        }
        var elements: [UInt8] = []
        elements.reserveCapacity(text.count / 2 - 1)
        for index in stride(from: 2, to: text.count, by: 2) {
            elements.append(try nibble(text[index]) << 4 | nibble(text[index + 1]))
        }
        return elements
    }

    private static func nibble(_ digit: UInt8) throws(SQLDecodingError) -> UInt8 {
        guard let value = HexDigits.value(of: digit) else {
            throw SQLDecodingError("the text is no bytea in hex format")
        }
        return value
    }
}
