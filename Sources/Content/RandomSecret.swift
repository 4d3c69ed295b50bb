/// Secrets that we make up for people.
package enum RandomSecret {
    /// Letters and digits without those that are read for one another (0 O o, 1 l I i).
    static let alphabet = Array("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")

    /// A password of 24 characters (138 bits) from the system's secure random source; it needs no quoting in a shell.
    package static func password() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
    }
}
