import Foundation

/// What a request's path means: a place in the tree of content, and what is wanted there.
///
/// Parsed once. Segments are percent-decoded one by one, so an encoded slash never makes a new segment; empty segments
/// (doubled and trailing slashes) count for nothing.
package struct Route: Sendable, Equatable {
    package enum Endpoint: Sendable, Equatable {
        case content
        /// `@upload` and `@tus-upload`; `id` is nil for the place where uploads are created.
        case upload(name: String, id: String?)
        /// `@upload-replace` and `@tus-replace`.
        case replace(name: String)
        /// `@@download/file`, `@@display-file/file`, `@@images/image`.
        case download(DownloadView)
        /// `@jobs` on the root, with the words behind it.
        case jobs([String])
        /// Some `@…` that is not known here.
        case unknown(String)
    }

    package enum DownloadView: Sendable, Equatable {
        case attachment, display, image
    }

    /// The path of the content, from below the root.
    package var path: [String]
    package var endpoint: Endpoint
    /// Before which segment of `path` the request had `++api++`, which the `Location` of an upload keeps; nil if it had
    /// none. Plone takes it at the site's root; here the site may be any folder, so it may stand before any segment.
    package var api: Int?

    /// The root of the content.
    static let root = Route(path: [], endpoint: .content)

    /// Plone's way to ask for the REST API whatever `Accept` says.
    static let api = "++api++"

    private init(path: [String], endpoint: Endpoint) {
        (self.path, self.endpoint) = (path, endpoint)
    }

    /// nil for a path that cannot name anything: bad percent-encoding, dot segments, control characters.
    package init?(_ rawPath: String) {
        var segments: [String] = []
        // By bytes: to Swift, a slash with an accent behind it is another character.
        for raw in rawPath.utf8.split(separator: UInt8(ascii: "/")) {
            guard let segment = URLPath.decoded(raw), segment != ".", segment != "..",
                segment.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else { return nil }
            segments.append(segment)
        }
        let split = segments.firstIndex { $0.utf8.first == UInt8(ascii: "@") } ?? segments.endIndex
        path = segments[..<split].filter { $0 != Self.api }
        api = segments[..<split].firstIndex(of: Self.api)
        let words = Array(segments[split...])
        endpoint = path.isEmpty && words.first == "@jobs" ? .jobs(Array(words.dropFirst())) : Self.endpoint(words)
    }

    private static func endpoint(_ words: [String]) -> Endpoint {
        switch (words.first, words.count) {
        case (nil, _): .content
        case ("@upload", 1...2), ("@tus-upload", 1...2):
            .upload(name: words[0], id: words.count == 2 ? words[1] : nil)
        case ("@upload-replace", 1), ("@tus-replace", 1): .replace(name: words[0])
        case ("@@download", 1...3): .download(.attachment)
        case ("@@display-file", 1...3): .download(.display)
        case ("@@images", 2): .download(.image)
        case (let name?, _): .unknown(name)
        }
    }
}
