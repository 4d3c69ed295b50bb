/// The name of an upload: 128 random bits, written as 32 lower-case hexadecimal digits.
///
/// Who knows the name still needs permission, but nobody can guess it. Upper-case digits are read as well, since some
/// clients and proxies change the case of URLs; nothing else is, so that a path cannot hide a separator in it.
package struct UploadID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// `nil` unless `text` is exactly 32 of `0-9a-fA-F`.
    package init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 32, let high = Self.number(digits[..<16]), let low = Self.number(digits[16...]) else {
            return nil
        }
        (self.high, self.low) = (high, low)
    }

    private init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// A new name from the system's cryptographically secure source.
    package static func random() -> UploadID {
        var source = SystemRandomNumberGenerator()
        return UploadID(high: source.next(), low: source.next())
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | UInt64(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return number
    }
}

extension UploadID: CustomStringConvertible {
    /// The 32 digits.
    package var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Coded as the string of 32 digits; decoding anything else is `DecodingError.dataCorrupted`.
extension UploadID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = UploadID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 32 hex digits")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
