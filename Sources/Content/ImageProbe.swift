/// The search for an image's size as a value: it says which bytes it wants, takes them, and ends with a size or none.
///
/// It ends for every input: each window wanted starts further on than the last and is charged to the budget.
struct ImageProbe {
    private let length: Int64
    private var budget = 1 << 20
    private var isJPEG = false
    private(set) var size: ImageSize?
    /// The bytes wanted next; nil once the search is over.
    private(set) var wanted: (offset: Int64, count: Int)?

    private static let window = 1024

    init(length: Int64) {
        self.length = length
        want(0)
    }

    mutating func take(_ bytes: [UInt8]) {
        guard let asked = wanted else { return }
        wanted = nil
        let bytes = Array(bytes.prefix(asked.count))
        if asked.offset == 0 {
            size = PNGHeader.size(bytes) ?? GIFHeader.size(bytes) ?? WebPHeader.size(bytes)
            isJPEG = bytes.starts(with: [0xFF, 0xD8, 0xFF])
        }
        guard isJPEG else { return }
        switch JPEGSegments.scan(bytes, from: asked.offset == 0 ? 2 : 0) {
        case .found(let found): size = found
        case .damaged: break
        case .goOn(let distance): if distance > 0 { want(asked.offset + Int64(distance)) }
        }
    }

    private mutating func want(_ offset: Int64) {
        guard offset < length, budget > 0 else { return }
        let count = Int(min(Int64(min(Self.window, budget)), length - offset))
        budget -= count
        wanted = (offset, count)
    }
}

/// A JPEG's marker segments up to the frame header (ITU-T T.81, B.1 and B.2.2).
private enum JPEGSegments {
    enum Step {
        case found(ImageSize)
        case damaged
        /// Read on at this distance from the window's start; 0 is no progress, the file ends in mid-segment.
        case goOn(Int)
    }

    /// Looks at the segments that begin in the window; bytes between segments are skipped, as decoders do.
    static func scan(_ bytes: [UInt8], from start: Int) -> Step {
        var here = start
        while true {
            while here < bytes.count, bytes[here] != 0xFF { here += 1 }
            // Any number of 0xFF may stand before a marker; keep the last, so that a window may begin with it.
            while here + 1 < bytes.count, bytes[here + 1] == 0xFF { here += 1 }
            guard here + 1 < bytes.count else { return .goOn(here) }
            let marker = bytes[here + 1]
            switch marker {
            case 0x00, 0x01, 0xD0...0xD8: here += 2  // stuffing, TEM, RSTn, SOI: without a length
            case 0xD9, 0xDA: return .damaged  // end of image, or pixels before any frame header
            default:
                guard here + 4 <= bytes.count else { return .goOn(here) }
                let count = Int(bytes[here + 2]) << 8 | Int(bytes[here + 3])
                guard count >= 2 else { return .damaged }
                if isFrameHeader(marker) { return frame(bytes, at: here, count: count) }
                here += 2 + count
                if here >= bytes.count { return .goOn(here) }
            }
        }
    }

    /// SOF0-15; 0xC4, 0xC8 and 0xCC in between are DHT, JPG and DAC.
    private static func isFrameHeader(_ marker: UInt8) -> Bool {
        (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
    }

    /// Length, precision, height, width (B.2.2); a height of 0 (given by DNL after the first scan) counts as damaged.
    private static func frame(_ bytes: [UInt8], at here: Int, count: Int) -> Step {
        guard count >= 8 else { return .damaged }
        guard here + 9 <= bytes.count else { return .goOn(here) }
        let height = Int(bytes[here + 5]) << 8 | Int(bytes[here + 6])
        let width = Int(bytes[here + 7]) << 8 | Int(bytes[here + 8])
        return ImageSize(width, height).map(Step.found) ?? .damaged
    }
}

/// PNG (third edition, §5.2 and §11.2.1): signature, then IHDR first.
private enum PNGHeader {
    static func size(_ bytes: [UInt8]) -> ImageSize? {
        let begin: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        guard bytes.count >= 24, bytes.starts(with: begin) else { return nil }
        let width = bytes[16..<20].reduce(0) { $0 << 8 | Int($1) }
        let height = bytes[20..<24].reduce(0) { $0 << 8 | Int($1) }
        guard width <= Int(Int32.max), height <= Int(Int32.max) else { return nil }
        return ImageSize(width, height)
    }
}

/// GIF 87a and 89a: the logical screen's size.
private enum GIFHeader {
    static func size(_ bytes: [UInt8]) -> ImageSize? {
        guard bytes.count >= 10, bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8)
        else { return nil }
        return ImageSize(Int(bytes[6]) | Int(bytes[7]) << 8, Int(bytes[8]) | Int(bytes[9]) << 8)
    }
}

/// WebP (RFC 9649 §2): RIFF, then one of three kinds of first chunk.
private enum WebPHeader {
    static func size(_ bytes: [UInt8]) -> ImageSize? {
        guard bytes.count >= 20, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8)
        else { return nil }
        let data = Array(bytes[20...].prefix(10))
        switch String(decoding: bytes[12..<16], as: UTF8.self) {
        case "VP8 ": return lossy(data)
        case "VP8L": return lossless(data)
        case "VP8X": return extended(data)
        default: return nil
        }
    }

    /// RFC 6386 §9.1: a key frame's tag, start code, then 14 bits each and 2 of scaling, which decoders leave out.
    private static func lossy(_ data: [UInt8]) -> ImageSize? {
        guard data.count >= 10, data[0] & 1 == 0, data[3...5].elementsEqual([0x9D, 0x01, 0x2A]) else { return nil }
        return ImageSize(Int(data[6]) | Int(data[7] & 0x3F) << 8, Int(data[8]) | Int(data[9] & 0x3F) << 8)
    }

    /// RFC 9649 §3.4: signature 0x2F, 14 bits of width - 1, 14 of height - 1, alpha, 3 bits of version, which is 0.
    private static func lossless(_ data: [UInt8]) -> ImageSize? {
        guard data.count >= 5, data[0] == 0x2F, data[4] >> 5 == 0 else { return nil }
        let bits = data[1...4].reversed().reduce(0) { $0 << 8 | Int($1) }
        return ImageSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    }

    /// RFC 9649 §2.7: flags, then the canvas, 24 bits each of width - 1 and height - 1.
    private static func extended(_ data: [UInt8]) -> ImageSize? {
        guard data.count >= 10 else { return nil }
        let width = data[4...6].reversed().reduce(0) { $0 << 8 | Int($1) }
        let height = data[7...9].reversed().reduce(0) { $0 << 8 | Int($1) }
        return ImageSize(width + 1, height + 1)
    }
}
