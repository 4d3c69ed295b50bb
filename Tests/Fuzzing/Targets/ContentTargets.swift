import Content
import Foundation

extension FuzzTarget {
    static let content: [FuzzTarget] = [
        FuzzTarget("range", like: ["bytes=0-4, -5,9-", "bytes=0-0,1-1,2-2", "bytes=-9223372036854775807"]) { text in
            for length: Int64 in [0, 1, 100, .max] {
                switch ByteRanges.parse(text, length: length) {
                case .whole, .unsatisfiable: continue
                case .one(let range): try ranges([range], length)
                case .many(let several): try ranges(several, length)
                }
            }
            if ByteRanges.parse(text, length: 100) == .whole { throw Refused() }
        },
        FuzzTarget("content-disposition", like: ["a.txt", "größe 日本.png", "a\";x=\"b\\", "..\\../\r\n\u{202E}"]) {
            text in
            for value in [ContentDisposition.attachment(filename: text), ContentDisposition.inline(filename: text)] {
                try hold(value.isFieldValue && value.utf8.count < 2000, "a header's value: \(value)")
                try hold(value.filter { $0 == "\"" }.count == 2 && !value.contains("\\"), "one quoted string: \(value)")
            }
        },
        FuzzTarget("stored-media-type", like: ["image/png", "text/html; charset=utf-8", "IMAGE/SVG+XML"]) { text in
            let type = MediaType.resolve(given: text, filename: text)
            try hold(type.isFieldValue && type.contains("/") && !type.contains(","), "one media type: \(type)")
        },
        FuzzTarget("basic-credentials", like: ["Basic YWRtaW46c2VjcmV0", "basic Og==", "Bearer x"]) { text in
            guard let credentials = try BasicCredentials(authorization: text) else { throw Refused() }
            try hold(!credentials.user.utf8.contains(UInt8(ascii: ":")), "the user has no colon")
            try hold((credentials.user + credentials.password).isPrintable, "no control characters")
        },
        FuzzTarget("validators", like: ["\"abc\", W/\"def\"", "*", "W/\"abc\""]) { text in
            let validators = Validators(etag: "\"abc\"", lastModified: 0)
            for isMatch in [true, false] {
                _ = validators.evaluate(
                    ifMatch: isMatch ? text : nil, ifNoneMatch: isMatch ? nil : text, ifModifiedSince: nil,
                    ifUnmodifiedSince: nil)
            }
            try hold(!validators.allowsRange(ifRange: "W/" + text, parsedDate: nil), "a weak tag does not join ranges")
        },
        FuzzTarget("batch", like: ["0", "25", "-1", " +9 ", "99999999999999999999"]) { text in
            let batch = try Batch(start: text, size: text)
            try hold(batch.offset >= 0 && (1...1000).contains(batch.limit), "a batch is bounded")
            _ = batch.links(url: "http://a.org", query: text, total: 5000)
        },
        FuzzTarget("item-name", like: ["Jahresbericht Ü final.pdf", "日本.tar.gz", "___a", "+@x.é", "....", "'\""]) {
            text in
            for name in [ItemName(filename: text), ItemName(title: text)] {
                for id in [name.preferred, name.candidate(999)] {
                    try hold(try ItemName.validate(id: id) == id && id.utf8.count <= 255, "a name is an id: \(id)")
                    try hold(
                        id.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "%") }, "ASCII: \(id)")
                }
            }
        },
        FuzzTarget("item-id", like: ["a.txt", "..", "@a", "größe", "a/b"]) { text in
            let id = try ItemName.validate(id: text)
            try hold(!id.isEmpty && !id.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "/") }, "an id is one segment")
        },
        FuzzTarget("item-kind", like: ["Image", "File", "image/png", "Document"]) { text in
            _ = try ItemKind.ofUpload(type: text, filename: text, contentType: text)
        },
        FuzzTarget("image", bytes: images) { bytes in
            let read: (Int64, Int) throws -> [UInt8] = { offset, count in
                try hold(offset >= 0 && count > 0 && count <= 1024, "small reads within the file")
                return Array(bytes.dropFirst(Int(offset)).prefix(count))
            }
            guard let size = try ImageSize.detect(length: Int64(bytes.count), read: read) else { throw Refused() }
            try hold(size.width > 0 && size.height > 0, "an image has sides")
        },
    ]

    private static func ranges(_ ranges: [Range<Int64>], _ length: Int64) throws {
        var left = length
        for range in ranges {
            try hold(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length, "within the file: \(range)")
            left -= Int64(range.count)
        }
        try hold(left >= 0 && ranges.count <= 32, "never more than the file")
    }

    /// The beginnings of a PNG, a GIF, three kinds of WebP and a JPEG.
    private static let images: [[UInt8]] = [
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 4, 0, 0, 0, 3,
            8,
        ],
        Array("GIF89a".utf8) + [4, 0, 3, 0, 0],
        Array("RIFF".utf8) + [40, 0, 0, 0] + Array("WEBPVP8 ".utf8) + [
            20, 0, 0, 0, 0, 0, 0, 0x9D, 1, 0x2A, 4, 0, 3, 0,
        ],
        Array("RIFF".utf8) + [40, 0, 0, 0] + Array("WEBPVP8L".utf8) + [20, 0, 0, 0, 0x2F, 3, 0x80, 0, 0, 0],
        Array("RIFF".utf8) + [40, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 2, 0, 0],
        [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC0, 0, 11, 8, 0, 3, 0, 4, 1, 1, 0x11, 0, 0xFF, 0xDA],
    ]
}
