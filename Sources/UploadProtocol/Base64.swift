/// Base64 with the standard alphabet and padding (RFC 4648 §4), which is what tus clients send.
///
/// Our own, because Foundation's decoder takes "====", "YQ===" and "YQ=a" for data.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")

    /// `nil` for the URL-safe alphabet, white space and missing, surplus or misplaced padding; "" gives no bytes.
    ///
    /// Bits of the last digit that belong to no byte are ignored, as RFC 4648 §3.5 allows.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix { $0 != pad }
        let padding = bytes.count - digits.count
        guard bytes.count % 4 == 0, padding <= 2, bytes.suffix(padding).allSatisfy({ $0 == pad }) else { return nil }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count / 4 * 3)
        var pending: UInt32 = 0
        var pendingBits = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            pending = pending << 6 | value
            pendingBits += 6
            guard pendingBits >= 8 else { continue }
            pendingBits -= 8
            decoded.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
        }
        return decoded
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                text.append(digit <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * digit) & 63)] : pad)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
