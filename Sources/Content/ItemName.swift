import Foundation

/// The id that an item gets from its filename or title: plone.i18n's URL normalizer and `INameChooser`
/// as plone.restapi uses them.
///
/// Stem and suffix are ASCII: `a-z 0-9 _ -`, and the dot before the suffix. The stem is never empty and never
/// starts with `@`, `+`, `_` or `-`, so no name can be taken for one of our own URL words (`@upload`, `++api++`).
package struct ItemName: Sendable, Equatable {
    /// What counts up: `jahresbericht-u-final`.
    package var stem: String
    /// Dot and extension (at most 4 characters), `.pdf`, or empty.
    package var suffix: String

    /// The name for a File or an Image; `file` stands in when nothing of the filename is left.
    package init(filename: String) {
        let text = Self.lowerASCII(filename)
        let (base, suffix) = Self.splitExtension(text)
        self.init(words: Self.dashed(base), suffix: suffix, fallback: "file")
    }

    /// The name for a Folder; a dot in a title is a dash, and `folder` stands in when nothing is left.
    package init(title: String) {
        self.init(words: Self.dashed(Self.lowerASCII(title)[...]), suffix: "", fallback: "folder")
    }

    private init(words: String, suffix: String, fallback: String) {
        let cropped = Self.crop(words, to: Self.maximumBytes - suffix.utf8.count - Self.counterBytes)
        self.stem = cropped.isEmpty ? fallback : cropped
        self.suffix = suffix
    }

    /// The name to try first: stem and suffix.
    package var preferred: String { stem + suffix }

    /// The n-th name to try: `preferred` for 0, then `stem-n` and the suffix; at most 255 bytes for every n.
    ///
    /// Up to 999 the stem is whole and no two n give the same name; beyond that a long stem is cut further.
    package func candidate(_ n: Int) -> String {
        guard n > 0 else { return preferred }
        let counter = "-\(n)" + suffix
        return Self.crop(stem, to: Self.maximumBytes - counter.utf8.count) + counter
    }
}

extension ItemName {
    /// Bytes of an id, as Plone's normalizer crops and as any file system could hold it.
    static let maximumBytes = 255
    /// Bytes kept free for the counter of `candidate`: "-999".
    private static let counterBytes = 4

    /// Both ends of a text of over 1024 code points: what lies between would be cropped anyway, and to transliterate
    /// the 16 KiB that a request may send would cost 50 ms.
    private static func shortened(_ text: String) -> String {
        let scalars = text.unicodeScalars
        return scalars.count <= 1024 ? text : String(scalars.prefix(1000)) + String(scalars.suffix(24))
    }

    private static func lowerASCII(_ text: String) -> [UInt8] {
        let ascii = ASCIIText.transliterate(shortened(text)).trimmingCharacters(in: .whitespacesAndNewlines)
        return Array(ascii.drop { $0 == "_" }.lowercased().utf8)
    }

    /// plone.i18n's `^(.+)\.(\w{,4})$`: a longer extension is part of the stem, an empty one is dropped.
    private static func splitExtension(_ text: [UInt8]) -> (base: ArraySlice<UInt8>, suffix: String) {
        guard let dot = text.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return (text[...], "") }
        let word = text[(dot + 1)...]
        guard word.count <= 4, word.allSatisfy(isWord) else { return (text[...], "") }
        return (text[..<dot], word.isEmpty ? "" : "." + String(decoding: word, as: UTF8.self))
    }

    /// Quotes deleted, every other run that is not a word one dash, none of them at the ends.
    ///
    /// Unlike Plone, underscores that come to the front only now go too: ids must not start with one.
    private static func dashed(_ text: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in text where byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\"") {
            if isWord(byte) {
                if !result.isEmpty || byte != UInt8(ascii: "_") { result.append(byte) }
            } else if let last = result.last, last != UInt8(ascii: "-") {
                result.append(UInt8(ascii: "-"))
            }
        }
        if result.last == UInt8(ascii: "-") { result.removeLast() }
        return String(decoding: result, as: UTF8.self)
    }

    /// plone.i18n's `cropName`: at the last dash that fits, or in mid-word if there is none.
    private static func crop(_ text: String, to bytes: Int) -> String {
        let all = Array(text.utf8)
        guard all.count > bytes else { return text }
        let end = all[...bytes].lastIndex(of: UInt8(ascii: "-")) ?? bytes
        return String(decoding: all[..<end], as: UTF8.self)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension ItemName {
    /// An id that a request chose itself, returned unchanged; `BadRequest` says what is wrong with it.
    ///
    /// Allowed is 1 to 255 bytes of UTF-8 without "/" and control characters, that is not "." or ".." and does not
    /// start with "@", "+" or "_", the beginnings of views and of namespaces (`++api++`). Any script is allowed.
    package static func validate(id: String) throws -> String {
        guard !id.isEmpty else { throw BadRequest("Invalid id: it must not be empty") }
        guard id.utf8.count <= maximumBytes else {
            throw BadRequest("Invalid id: it is longer than \(maximumBytes) bytes")
        }
        if let bad = id.unicodeScalars.first(where: isForbidden) {
            let code = String(bad.value, radix: 16, uppercase: true)
            let name = bad == "/" ? "\"/\"" : "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
            throw BadRequest("Invalid id: it must not contain \(name)")
        }
        guard id != ".", id != ".." else { throw BadRequest("Invalid id: \"\(id)\" is not a name") }
        if let first = id.unicodeScalars.first, "@+_".unicodeScalars.contains(first) {
            throw BadRequest("Invalid id: it must not start with \"\(first)\"")
        }
        return id
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: scalar == "/"
        }
    }
}
