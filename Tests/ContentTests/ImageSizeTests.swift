import TestSupport
import Testing

@testable import Content

/// A file in memory that counts what is read of it.
private struct Bytes {
    var content: [UInt8]
    var length: Int64 { Int64(content.count) }

    func detect() -> ImageSize? {
        ImageSize.detect(length: length) { offset, count in Array(content.dropFirst(Int(offset)).prefix(count)) }
    }
}

private func big(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

private func little(_ value: Int, _ count: Int) -> [UInt8] { big(value, count).reversed() }

private func png(_ width: Int, _ height: Int) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + big(13, 4) + Array("IHDR".utf8) + big(width, 4)
        + big(height, 4) + [8, 6, 0, 0, 0] + [0, 0, 0, 0]
}

private func gif(_ version: String, _ width: Int, _ height: Int) -> [UInt8] {
    Array("GIF\(version)".utf8) + little(width, 2) + little(height, 2) + [0x80, 0, 0]
}

private func webp(_ chunk: String, _ data: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + little(data.count + 12, 4) + Array("WEBP\(chunk)".utf8) + little(data.count, 4) + data
}

private func lossy(_ width: Int, _ height: Int) -> [UInt8] {
    webp("VP8 ", [0x30, 0x01, 0x00, 0x9D, 0x01, 0x2A] + little(width, 2) + little(height, 2) + [0, 0])
}

private func lossless(_ width: Int, _ height: Int) -> [UInt8] {
    webp("VP8L", [0x2F] + little((width - 1) | (height - 1) << 14 | 1 << 28, 4) + [0, 0])
}

private func extended(_ width: Int, _ height: Int) -> [UInt8] {
    webp("VP8X", [0x10, 0, 0, 0] + little(width - 1, 3) + little(height - 1, 3))
}

private func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] { [0xFF, marker] + big(data.count + 2, 2) + data }

private func frame(_ marker: UInt8, _ width: Int, _ height: Int) -> [UInt8] {
    segment(marker, [8] + big(height, 2) + big(width, 2) + [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
}

private func jpeg(_ segments: [UInt8]...) -> [UInt8] {
    [0xFF, 0xD8] + segments.flatMap { $0 } + segment(0xDA, [0]) + [1, 2, 3, 0xFF, 0xD9]
}

private let jfif = segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0])

@Suite struct ImageSizeTests {
    @Test func everyFormatGivesItsSize() {
        let size = ImageSize(width: 640, height: 480)
        for bytes in [
            png(640, 480), gif("87a", 640, 480), gif("89a", 640, 480), lossy(640, 480), lossless(640, 480),
            extended(640, 480), jpeg(jfif, frame(0xC0, 640, 480)),
        ] { #expect(Bytes(content: bytes).detect() == size) }
    }

    @Test func theLargestSidesAreRead() {
        #expect(Bytes(content: png(1 << 31 - 1, 1)).detect()?.width == 1 << 31 - 1)
        #expect(Bytes(content: gif("89a", 65535, 1)).detect()?.width == 65535)
        #expect(Bytes(content: lossy(16383, 16383)).detect() == ImageSize(width: 16383, height: 16383))
        #expect(Bytes(content: lossless(16384, 16384)).detect() == ImageSize(width: 16384, height: 16384))
        #expect(Bytes(content: extended(1 << 24, 1 << 24)).detect() == ImageSize(width: 1 << 24, height: 1 << 24))
        #expect(Bytes(content: jpeg(frame(0xC2, 65535, 65535))).detect() == ImageSize(width: 65535, height: 65535))
    }

    @Test func theScalingBitsOfLossyWebPAreNotPartOfTheSize() {
        #expect(Bytes(content: lossy(640 | 1 << 14, 480 | 3 << 14)).detect() == ImageSize(width: 640, height: 480))
    }

    @Test func everyKindOfJpegFrameCountsAndTablesDoNot() {
        for marker: UInt8 in 0xC0...0xCF {
            let bytes = jpeg(frame(marker, 5, 7), frame(0xC0, 640, 480))
            let isTable = [0xC4, 0xC8, 0xCC].contains(marker)
            #expect(
                Bytes(content: bytes).detect()
                    == (isTable ? .init(width: 640, height: 480) : .init(width: 5, height: 7)))
        }
    }

    @Test func aThumbnailInsideExifIsNotTheImage() {
        let exif = segment(0xE1, Array("Exif\0\0".utf8) + jpeg(frame(0xC0, 160, 120)))
        #expect(Bytes(content: jpeg(exif, frame(0xC0, 4000, 3000))).detect() == ImageSize(width: 4000, height: 3000))
    }

    @Test func theOrientationOfExifDoesNotSwapTheSides() {
        let tiff = Array("Exif\0\0MM\0*".utf8) + big(8, 4) + big(1, 2) + big(0x112, 2) + big(3, 2) + big(1, 4)
        let exif = segment(0xE1, tiff + big(6, 2) + [0, 0] + big(0, 4))
        #expect(Bytes(content: jpeg(exif, frame(0xC0, 40, 30))).detect() == ImageSize(width: 40, height: 30))
    }

    @Test func segmentsAcrossWindowsFillBytesAndLoneMarkersAreStepped() {
        for padding in Array(990...1040) + [65533] {
            let bytes = jpeg(segment(0xE1, [UInt8](repeating: 0xC0, count: padding)), frame(0xC0, 40, 30))
            #expect(Bytes(content: bytes).detect() == ImageSize(width: 40, height: 30), "\(padding)")
            let fill = jpeg([UInt8](repeating: 0xFF, count: padding), frame(0xC0, 40, 30))
            #expect(Bytes(content: fill).detect() == ImageSize(width: 40, height: 30), "\(padding)")
            let junk = jpeg(
                jfif, [UInt8](repeating: 0x11, count: padding), [0xFF, 0x01, 0xFF, 0xD0], frame(0xC0, 40, 30))
            #expect(Bytes(content: junk).detect() == ImageSize(width: 40, height: 30), "\(padding)")
        }
    }

    @Test func damagedHeadersGiveNothing() {
        for bytes: [UInt8] in [
            [], [0xFF], [0xFF, 0xD8], [0xFF, 0xD8, 0xFF], [0xFF, 0xD8, 0xFF, 0xD9], png(0, 5), png(5, 0),
            png(1 << 31, 1),
            gif("88a", 5, 5), gif("89a", 0, 5), lossless(5, 5).dropLast(3) + [], extended(5, 5).dropLast() + [],
            webp("VP8 ", [0x31, 1, 0, 0x9D, 1, 0x2A, 5, 0, 5, 0]), webp("VP8 ", [0x30, 1, 0, 0, 0, 0, 5, 0, 5, 0]),
            webp("VP8L", [0x2E, 0, 0, 0, 0]), webp("VP8L", [0x2F, 0, 0, 0, 0x20]),
            webp("ALPH", [UInt8](repeating: 1, count: 20)),
            jpeg(frame(0xC0, 5, 0)), jpeg(frame(0xC0, 0, 5)), jpeg(), jpeg([0xFF, 0xE0, 0, 1]),
            jpeg(segment(0xC0, [8, 0])),
            Array("<svg width='5' height='5'/>".utf8), Array("BM".utf8) + [UInt8](repeating: 1, count: 60),
        ] { #expect(Bytes(content: bytes).detect() == nil, "\(bytes.prefix(40))") }
    }

    @Test func aFileCutAnywhereBeforeItsSizeGivesNothingAndNeverTraps() {
        let whole = jpeg(jfif, frame(0xC0, 640, 480))
        let needed = 2 + jfif.count + 9
        for count in whole.indices {
            #expect((Bytes(content: Array(whole[..<count])).detect() != nil) == (count >= needed), "\(count)")
        }
        for bytes in [png(9, 9), gif("89a", 9, 9), lossy(9, 9), lossless(9, 9), extended(9, 9)] {
            for count in bytes.indices { _ = Bytes(content: Array(bytes[..<count])).detect() }
        }
    }

    @Test func aFileOfTerabytesCostsLittle() {
        for filler: [UInt8] in [[0xFF], [0x00], [0xFF, 0xE0, 0xFF, 0xFF], [0xFF, 0xE0, 0, 2], [0xFF, 0xD0]] {
            var read = 0
            var largest = 0
            let size = ImageSize.detect(length: .max) { offset, count in
                read += count
                largest = max(largest, count)
                let head: [UInt8] = offset == 0 ? [0xFF, 0xD8, 0xFF, 0xE0, 0, 2] : []
                return head + (head.count..<count).map { filler[(Int(offset) + $0) % filler.count] }
            }
            #expect(size == nil)
            #expect(read <= 1 << 20)
            #expect(largest <= 1 << 16)
        }
    }

    @Test func aReaderThatGivesTooMuchOrNothingIsSurvived() {
        #expect(ImageSize.detect(length: 1000) { _, _ in [] } == nil)
        #expect(ImageSize.detect(length: -1) { _, _ in png(5, 5) } == nil)
        #expect(ImageSize.detect(length: 10) { _, _ in png(5, 5) } == nil)
    }

    @Test func theReadersErrorComesThrough() {
        struct Lost: Error {}
        #expect(throws: Lost.self) { try ImageSize.detect(length: 1000) { _, _ in throw Lost() } }
    }

    @Test func garbageNeverTrapsAndSizesArePositive() {
        var generator = SeededGenerator(state: 7)
        let heads = [
            png(9, 9), gif("89a", 9, 9), lossy(9, 9), lossless(9, 9), extended(9, 9), jpeg(jfif, frame(0xC0, 9, 9)),
            [0xFF, 0xD8, 0xFF], [],
        ]
        for round in 0..<20_000 {
            var bytes = heads[round % heads.count] + generator.bytes(upTo: round % 100 == 0 ? 5000 : 60)
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if let size = Bytes(content: bytes).detect() { #expect(size.width > 0 && size.height > 0) }
        }
    }
}
