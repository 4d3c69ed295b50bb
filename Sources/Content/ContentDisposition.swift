import Foundation

/// The `Content-Disposition` of downloads (RFC 6266), with filenames of any script (RFC 8187).
package enum ContentDisposition {
    /// "Save this": for everything that is not safe to show. Nothing in the filename can break out of the header.
    ///
    /// Gives `attachment; filename="ascii"; filename*=UTF-8''pct`: the second for every current client, the first
    /// for the rest. An empty filename is "download"; one over 255 bytes is cut, keeping a short extension.
    package static func attachment(filename: String) -> String { "attachment; " + parameters(filename) }

    /// "Show this", with the name for saving it; only for types that `isSafeInline` allows.
    package static func inline(filename: String) -> String { "inline; " + parameters(filename) }

    /// Whether a browser may show it as a page of our origin: a short list, never SVG, HTML or scripts.
    ///
    /// The list is plone.namedfile's; a malformed content type is unsafe. Send `nosniff` along.
    package static func isSafeInline(_ mediaType: String) -> Bool {
        MediaType.isWellFormed(mediaType) && safeInline.contains(MediaType.essence(mediaType))
    }

    private static let safeInline: Set<String> = [
        "image/gif", "image/jpeg", "image/png", "image/webp", "image/x-icon", "image/vnd.microsoft.icon",
        "image/jp2", "image/jpx", "image/jpeg2000", "image/jpeg2000-image", "image/x-jpeg2000-image",
        "text/plain", "application/pdf",
    ]

    private static func parameters(_ filename: String) -> String {
        let name = cut(harmless(filename))
        return "filename=\"\(fallback(name))\"; filename*=UTF-8''\(percentEncoded(name))"
    }

    /// Path separators, control characters and direction overrides ("gpj.exe" shown as "exe.jpg") become "_":
    /// RFC 6266 §4.3 tells receivers to do that, and not all of them do.
    private static func harmless(_ filename: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in filename.unicodeScalars {
            switch scalar {
            case "/", "\\", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
                "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                result.append("_")
            default: result.append(scalar)
            }
        }
        return result.isEmpty ? "download" : String(result)
    }

    /// Of an over-long name the beginning and the extension, 255 bytes at most, no character torn.
    private static func cut(_ name: String) -> String {
        let maximum = 255
        guard name.utf8.count > maximum else { return name }
        let ending = name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
        let kept = ending.utf8.count <= 16 ? ending : ""
        var result = String.UnicodeScalarView()
        var bytes = kept.utf8.count
        for scalar in name.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > maximum { break }
            result.append(scalar)
        }
        return String(result) + kept
    }

    /// The name in ASCII without what ends or escapes a quoted string, and without "%", which some clients decode
    /// (RFC 6266 appendix D).
    private static func fallback(_ name: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in ASCIIText.transliterate(name, unknown: "_").unicodeScalars {
            let plain = (" "..."~").contains(scalar) && !"\"\\%/".unicodeScalars.contains(scalar)
            result.append(plain ? scalar : "_")
        }
        return result.isEmpty ? "download" : String(result)
    }

    /// RFC 8187 §3.2.1: every byte that is not an attr-char as %XX.
    private static func percentEncoded(_ name: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in name.utf8 {
            if isAttributeByte(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isAttributeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$&+-.^_`|~".utf8.contains(byte)
        }
    }
}
