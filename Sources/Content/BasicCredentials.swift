import Foundation

/// User and password of an `Authorization: Basic` header (RFC 7617), exactly as sent.
package struct BasicCredentials: Sendable, Equatable {
    package var user: String
    package var password: String

    /// The header says Basic but does not keep RFC 7617; answered like wrong credentials, 401.
    package struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String { "Malformed Basic credentials" }
    }

    /// Reads the field's value; nil if it is absent or of another scheme (Bearer), `Malformed` if Basic but wrong.
    ///
    /// Wrong is: not padded base64, not UTF-8, no colon, or a control character (§2). An empty user is let through.
    package init?(authorization: String?) throws {
        guard let authorization else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let scheme = parts.first, scheme.lowercased() == "basic" else { return nil }
        guard parts.count == 2,
            let decoded = Data(base64Encoded: parts[1].trimmingCharacters(in: .whitespaces)),
            let text = String(validating: decoded, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { throw Malformed() }
        // At the byte, not the character: a combining mark at the password's start would hide the colon.
        user = String(text[..<colon])
        password = String(text[text.utf8.index(after: colon)...])
    }
}

extension BasicCredentials: CustomStringConvertible, CustomDebugStringConvertible {
    /// The user only: a password in a log is lost.
    package var description: String { "BasicCredentials(\(user))" }
    package var debugDescription: String { description }
}
