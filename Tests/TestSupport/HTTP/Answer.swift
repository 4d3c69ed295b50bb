package import Foundation

/// One response, or the head of an interim one.
package struct Answer: Sendable {
    package var status: Int
    /// By lower-case name; of a repeated field the last.
    package var fields: [String: String]
    package var body = Data()

    package subscript(_ name: String) -> String? { fields[name.lowercased()] }

    /// The body as a JSON object; empty if it is none.
    package var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:]
    }

    /// `error.type` of the upload endpoints.
    package var errorType: String? { (json["error"] as? [String: Any])?["type"] as? String }

    /// `error.message` of the upload endpoints.
    package var errorMessage: String? { (json["error"] as? [String: Any])?["message"] as? String }

    package var offset: Int64? { self["Upload-Offset"].flatMap { Int64($0) } }

    /// The path of `Location`.
    package var location: String? { self["Location"].map(Self.path) }

    /// The path of an absolute URL.
    package static func path(_ url: String) -> String {
        let afterScheme = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2)
        guard url.contains("://"), let rest = afterScheme.first, let slash = rest.firstIndex(of: "/") else {
            return url
        }
        return String(rest[slash...])
    }

    /// Parses a head without its empty line; nil if it is none.
    init?(head: String) {
        let lines = head.split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            return nil
        }
        self.status = status
        let pairs = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        fields = Dictionary(pairs) { $1 }
    }
}
