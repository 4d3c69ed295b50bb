/// A file of a page, as a browser gets it. It holds no data of the service: what a page shows, its script asks for.
package struct PageFile: Sendable {
    package let name: String
    package let bytes: [UInt8]
    /// Quoted, of the content alone, so that it is the same from every node of one version.
    package let etag: String

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        // FNV-1a of 64 bits.
        let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        etag = "\"\(String(hash, radix: 16))\""
    }

    /// By the name's ending, which is one of these four.
    package var contentType: String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        default: "image/svg+xml"
        }
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
