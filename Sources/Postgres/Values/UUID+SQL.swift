package import Foundation

/// PostgreSQL's `uuid`.
///
/// Our own digits, because Foundation's go through `sscanf` and `snprintf`, and a row has several.
extension UUID: SQLEncodable, SQLDecodable, SQLArrayElement {
    package var sqlText: String? {
        String(unsafeUninitializedCapacity: 36) { text in
            var next = 0
            withUnsafeBytes(of: uuid) { bytes in
                for (index, byte) in bytes.enumerated() {
                    if [4, 6, 8, 10].contains(index) {
                        text[next] = UInt8(ascii: "-")
                        next += 1
                    }
                    (text[next], text[next + 1]) = (HexDigits.all[Int(byte >> 4)], HexDigits.all[Int(byte & 15)])
                    next += 2
                }
            }
            return next
        }
    }

    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let uuid = sqlText.flatMap({ Self.bytes($0) }) else { throw .mismatch(Self.self, sqlText) }
        self.init(uuid: uuid)
    }

    /// 8, 4, 4, 4 and 12 digits with dashes between them.
    private static func bytes(_ text: String) -> uuid_t? {
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let isRead = withUnsafeMutableBytes(of: &uuid) { bytes in
            var count = 0
            for (index, character) in text.utf8.enumerated() {
                if [8, 13, 18, 23].contains(index) {
                    guard character == UInt8(ascii: "-") else { return false }
                    continue
                }
                guard count < 32, let value = HexDigits.value(of: character) else { return false }
                bytes[count / 2] = bytes[count / 2] << 4 | value
                count += 1
            }
            return count == 32 && text.utf8.count == 36
        }
        return isRead ? uuid : nil
    }
}
