import HTTPTypes
import UploadProtocol

/// `X-Request-ID`: what a proxy or a client calls the request, so that its log and ours can be read together.
enum RequestID {
    /// Longer ones are not taken over, bytes.
    static let mostBytes = 128

    /// The one that came, if it is a plain word of 1 to 128 letters, digits and `-._~+/=:@`; else one of our own of 32
    /// hex digits.
    static func of(_ fields: HTTPFields) -> String {
        let values = fields[values: .xRequestID]
        if values.count == 1, isPlain(values[0]) { return values[0] }
        return UploadID.random().description
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...mostBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                isLetter(byte) || (0x30...0x39).contains(byte) || "-._~+/=:@".utf8.contains(byte)
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
