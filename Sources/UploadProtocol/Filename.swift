/// Names of files as clients give them, in whichever dialect.
package enum Filename {
    /// Longest name in bytes of UTF-8, that of Linux's NAME_MAX, so that the name can be kept on any disk.
    package static let maximumBytes = 255

    /// What is wrong with a name.
    struct Flaw: Error {
        var reason: String
    }

    /// The part after the last `/` or `\`: some browsers send the whole path, and none of it may reach a disk.
    static func basename(_ text: String) throws(Flaw) -> String {
        guard !hasControl(text) else { throw Flaw(reason: "it has control characters") }
        let separators = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
        let parts = text.utf8.split(omittingEmptySubsequences: false) { separators.contains($0) }
        let name = String(decoding: Array(parts.last ?? text.utf8[...]), as: UTF8.self)
        guard !["", ".", ".."].contains(name) else { throw Flaw(reason: "it names no file") }
        guard name.utf8.count <= maximumBytes else { throw Flaw(reason: "it must be at most \(maximumBytes) bytes") }
        return name
    }

    static func hasControl(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
