import Foundation

/// Content types of files: "type/subtype" with optional parameters (RFC 9110 §8.3.1).
package enum MediaType {
    /// The `Content-Type` to keep for a file: the given one if it is well formed, else by the filename's extension,
    /// else `application/octet-stream`. The result is safe as a header's value.
    ///
    /// Type and subtype come out in lower case, parameters as given.
    package static func resolve(given: String?, filename: String?) -> String {
        let given = (given ?? "").trimmingCharacters(in: .whitespaces)
        if isWellFormed(given) {
            return essence(given) + given.drop { $0 != ";" }
        }
        return filename.flatMap(fileExtension).flatMap { byExtension[$0] } ?? "application/octet-stream"
    }

    /// Type and subtype in lower case, without parameters and white space; of no meaning if not well formed.
    static func essence(_ mediaType: String) -> String {
        mediaType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// Whether it is "type/subtype" of RFC 6838 §4.2 names, then nothing or parameters in printable ASCII.
    ///
    /// A comma is refused even in a quoted parameter: browsers split `Content-Type` there and believe the last part
    /// (Fetch standard, "extract a MIME type"), so "image/png;,text/html" would be HTML.
    static func isWellFormed(_ mediaType: String) -> Bool {
        guard mediaType.utf8.count <= 255, mediaType.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
            !mediaType.utf8.contains(UInt8(ascii: ","))
        else { return false }
        let names = essence(mediaType).utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return names.count == 2 && names.allSatisfy(isRestrictedName)
    }

    /// The part after the filename's last dot in lower case; nil without a dot or with nothing before or after it.
    static func fileExtension(_ filename: String) -> String? {
        guard let dot = filename.lastIndex(of: "."), dot != filename.startIndex else { return nil }
        let ending = filename[filename.index(after: dot)...]
        return ending.isEmpty ? nil : ending.lowercased()
    }

    private static func isRestrictedName(_ name: Substring.UTF8View) -> Bool {
        guard let first = name.first, isLetterOrDigit(first), name.count <= 127 else { return false }
        return name.allSatisfy { isLetterOrDigit($0) || "!#$&-^_.+".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
