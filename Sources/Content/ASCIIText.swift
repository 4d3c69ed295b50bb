import Foundation

/// Text in other scripts rewritten in ASCII letters, roughly as Python's `unidecode` does for plone.i18n.
enum ASCIIText {
    /// ü→u, ß→ss, æ→ae, ł→l, Cyrillic, Greek, Chinese and others by ICU's `Any-Latin; Latin-ASCII`;
    /// what has no ASCII form (emoji) is replaced by `unknown`. Input that is ASCII comes back as it is.
    static func transliterate(_ text: String, unknown: String = "") -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        let latin = text.applyingTransform(StringTransform("Any-Latin; Latin-ASCII"), reverse: false) ?? text
        // Whatever accent is left once the letter has an ASCII form.
        let plain = latin.applyingTransform(.stripDiacritics, reverse: false) ?? latin
        return plain.reduce(into: "") { result, character in
            // CR LF is one Character and not ASCII-valued by itself; its scalars are.
            result += character.unicodeScalars.allSatisfy(\.isASCII) ? String(character) : unknown
        }
    }
}
