import Crypto
import CryptoExtras
import Foundation

/// A password as stored: scrypt (RFC 7914) with its parameters and salt, never the password itself.
///
/// The encoded form is `scrypt$N$r$p$salt$hash` with salt and hash in padded base64.
/// Making and verifying block for about 50 ms and take 16 MiB: call them off the cooperative pool.
package struct PasswordHash: Sendable, Equatable {
    private var rounds: Int
    private var blockSize: Int
    private var parallelism: Int
    private var salt: [UInt8]
    private var hash: [UInt8]

    /// A stored form read back; nil if it is malformed or asks for more than `Bounds` allows.
    package init?(encoded: String) {
        let parts = encoded.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt",
            let rounds = Self.number(parts[1]), let blockSize = Self.number(parts[2]),
            let parallelism = Self.number(parts[3]),
            let salt = Data(base64Encoded: String(parts[4])), let hash = Data(base64Encoded: String(parts[5]))
        else { return nil }
        self.init(
            rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: [UInt8](salt), hash: [UInt8](hash))
        guard Bounds.allow(self.rounds, self.blockSize, self.parallelism),
            Bounds.saltBytes.contains(salt.count), Bounds.hashBytes.contains(hash.count)
        else { return nil }
    }

    private init(rounds: Int, blockSize: Int, parallelism: Int, salt: [UInt8], hash: [UInt8]) {
        self.rounds = rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.hash = hash
    }

    /// The form for the database; `init(encoded:)` gives the same value back.
    package var encoded: String {
        let salt = Data(self.salt).base64EncodedString()
        return "scrypt$\(rounds)$\(blockSize)$\(parallelism)$\(salt)$\(Data(hash).base64EncodedString())"
    }

    /// Hashes a new password with a fresh salt; throws `BadRequest` if it is empty or holds a control character.
    ///
    /// HMAC pads its key with zero bytes, so "x" and "x\0" would be one password: control characters are refused
    /// (as RFC 7617 §2 does for HTTP, which could not carry them anyway).
    package static func make(_ password: String) throws -> PasswordHash {
        guard isAcceptable(password) else {
            throw BadRequest("A password must not be empty and must not hold control characters")
        }
        let salt = randomBytes(16)
        var made = PasswordHash(rounds: 1 << 14, blockSize: 8, parallelism: 1, salt: salt, hash: [])
        made.hash = try made.derive(password, count: 32)
        return made
    }

    /// Whether it is the password; the comparison takes the same time wherever the difference is.
    ///
    /// An empty password, one with control characters and a lack of memory are all `false`.
    package func verify(_ password: String) -> Bool {
        guard Self.isAcceptable(password), let derived = try? derive(password, count: hash.count),
            derived.count == hash.count
        else { return false }
        return zip(derived, hash).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A hash that no password meets: verify against it when the account does not exist, so that
    /// the answer takes as long as for one that does and accounts cannot be told by the clock.
    package static let unmatchable = PasswordHash(
        rounds: 1 << 14, blockSize: 8, parallelism: 1, salt: randomBytes(16), hash: randomBytes(32))

    private func derive(_ password: String, count: Int) throws -> [UInt8] {
        // RFC 8265 §4.2: composed form, since one keyboard sends "é" as one code point and another as two.
        let bytes = [UInt8](password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: bytes, salt: salt, outputByteCount: count,
            rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        return key.withUnsafeBytes { [UInt8]($0) }
    }

    private static func isAcceptable(_ password: String) -> Bool {
        !password.isEmpty && !password.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}

extension PasswordHash: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without salt and hash: a hash in a log is a hash to be cracked.
    package var description: String { "PasswordHash(scrypt, N \(rounds), r \(blockSize), p \(parallelism))" }
    package var debugDescription: String { description }
}

/// What a stored hash may ask of us, so that a tampered row costs neither gigabytes nor minutes.
private enum Bounds {
    /// Bytes scrypt may take for its table, 128·N·r (RFC 7914 §2): four times what we use ourselves.
    static let memory = 64 << 20
    static let saltBytes = 8...64
    static let hashBytes = 16...64

    static func allow(_ rounds: Int, _ blockSize: Int, _ parallelism: Int) -> Bool {
        // Block sizes over 16 fail in swift-crypto 4.5.2: its own memory limit leaves one page beyond the table.
        guard (2...(1 << 17)).contains(rounds), rounds & (rounds - 1) == 0 else { return false }
        guard (1...16).contains(blockSize), (1...4).contains(parallelism) else { return false }
        return 128 * rounds * blockSize <= memory
    }
}
