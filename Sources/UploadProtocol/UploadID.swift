/// The name of an upload: 128 random bits, written as 32 lower-case hexadecimal digits.
///
/// Who knows the name still needs permission, but nobody can guess it. Upper-case digits are read as well, since some
/// clients and proxies change the case of URLs; nothing else is, so that a path cannot hide a separator in it.
package struct UploadID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// `nil` unless `text` is exactly 32 of `0-9a-fA-F`.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32 else { return nil }
        self.init(uuid: String(text))
    }

    /// Reads the 32 digits with or without the dashes of a UUID.
    package init?(uuid text: String) {
        var (high, low, count): (UInt64, UInt64, Int) = (0, 0, 0)
        for byte in text.utf8 where byte != UInt8(ascii: "-") {
            guard let digit = HexDigit.value(of: byte) else { return nil }
            (high, low) = (high << 4 | low >> 60, low << 4 | UInt64(digit))
            count += 1
        }
        guard count == 32 else { return nil }
        self.init(high: high, low: low)
    }

    private init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }

    /// A new name from the system's cryptographically secure source.
    package static func random() -> UploadID {
        var source = SystemRandomNumberGenerator()
        return UploadID(high: source.next(), low: source.next())
    }
}

extension UploadID: CustomStringConvertible {
    /// The 32 digits.
    package var description: String {
        String(unsafeUninitializedCapacity: 32) { text in
            for index in 0..<16 {
                text[index] = Self.digit(high >> UInt64(60 - 4 * index))
                text[16 + index] = Self.digit(low >> UInt64(60 - 4 * index))
            }
            return 32
        }
    }

    /// Of the lowest four bits.
    private static func digit(_ bits: UInt64) -> UInt8 {
        let value = UInt8(bits & 15)
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
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
