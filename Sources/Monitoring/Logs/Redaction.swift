/// The last thing that keeps credentials out of the log, should a message quote what an operator or a client has set:
/// the userinfo of a URL, and what follows `password=`, `Basic` or `Bearer`, become `***`.
///
/// Whoever writes a message leaves secrets out by himself; this is for texts that come from elsewhere.
package enum Redaction {
    package static func redacted(_ text: String) -> String {
        let utf8 = text.utf8
        let (hasAt, hasBlank) = (utf8.contains(UInt8(ascii: "@")), utf8.contains(UInt8(ascii: " ")))
        let isAssigned = utf8.contains { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
        guard hasBlank || isAssigned else { return text }
        var bytes = Array(utf8)
        if hasAt, isAssigned { hideUserinfo(&bytes) }
        if isAssigned { for word in names { hide(behind: word, &bytes, assigned: true) } }
        if hasBlank { for word in schemes { hide(behind: word, &bytes, assigned: false) } }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let names = ["password", "passwd", "secret", "token"].map { Array($0.utf8) }
    private static let schemes = ["basic ", "bearer "].map { Array($0.utf8) }
    private static let mask = Array("***".utf8)

    /// From `://` to the last `@` before the authority ends (RFC 3986 §3.2); a password with a `/` in it ends it early,
    /// so the `@` is looked for up to a blank or a quotation mark.
    private static func hideUserinfo(_ bytes: inout [UInt8]) {
        var start = 0
        while let scheme = find(Array("://".utf8), in: bytes, from: start) {
            let begin = scheme + 3
            let end = bytes[begin...].firstIndex { $0 <= 0x20 || "\"'<>".utf8.contains($0) } ?? bytes.endIndex
            guard let at = bytes[begin..<end].lastIndex(of: UInt8(ascii: "@")) else {
                start = begin
                continue
            }
            bytes.replaceSubrange(begin..<at, with: mask)
            start = begin + mask.count
        }
    }

    /// - Parameter assigned: only where `=` or `:` follows the word.
    private static func hide(behind word: [UInt8], _ bytes: inout [UInt8], assigned: Bool) {
        var start = 0
        while let found = find(word, in: bytes, from: start) {
            start = found + word.count
            var begin = start
            if assigned {
                begin = skip(" \"'", in: bytes, from: begin)
                guard begin < bytes.count, "=:".utf8.contains(bytes[begin]) else { continue }
                begin = skip(" ", in: bytes, from: begin + 1)
            }
            let quote = begin < bytes.count && "\"'".utf8.contains(bytes[begin]) ? bytes[begin] : nil
            if quote != nil { begin += 1 }
            let end =
                bytes[begin...].firstIndex { byte in
                    quote.map { byte == $0 } ?? (byte <= 0x20 || "&,;\"'".utf8.contains(byte))
                } ?? bytes.endIndex
            guard end > begin else { continue }
            bytes.replaceSubrange(begin..<end, with: mask)
            start = begin + mask.count
        }
    }

    private static func skip(_ set: String, in bytes: [UInt8], from index: Int) -> Int {
        bytes[index...].firstIndex { !set.utf8.contains($0) } ?? bytes.endIndex
    }

    /// Letters of either case.
    private static func find(_ word: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= word.count, start <= bytes.count - word.count else { return nil }
        return (start...(bytes.count - word.count)).first { index in
            word.indices.allSatisfy { lowered(bytes[index + $0]) == word[$0] }
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }
}
