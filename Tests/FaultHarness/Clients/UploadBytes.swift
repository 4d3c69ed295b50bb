package import Foundation

/// The content of one upload: a function of its seed and the position, so that nothing need be kept.
///
/// Each 512 bytes begin with a word of their own and are filled with another byte than their neighbours.
package struct UploadBytes: Sendable {
    package let seed: UInt64
    private static let block: Int64 = 512

    package init(seed: UInt64) { self.seed = seed }

    package func data(_ range: Range<Int64>) -> Data {
        var data = Data(count: Int(range.upperBound - range.lowerBound))
        data.withUnsafeMutableBytes { bytes in
            var position = range.lowerBound
            while position < range.upperBound {
                let start = position / Self.block * Self.block
                let end = min(start + Self.block, range.upperBound)
                let place = Int(position - range.lowerBound)..<Int(end - range.lowerBound)
                fill(UnsafeMutableRawBufferPointer(rebasing: bytes[place]), block: start, from: Int(position - start))
                position = end
            }
        }
        return data
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer, block: Int64, from offset: Int) {
        let word = SplitMix64.mixed(seed ^ UInt64(block) &* 0x9E37_79B9_7F4A_7C15)
        if let base = bytes.baseAddress { memset(base, Int32(word >> 8 & 0xFF), bytes.count) }
        guard offset < 8 else { return }
        withUnsafeBytes(of: word) { stamp in
            for index in offset..<min(8, offset + bytes.count) { bytes[index - offset] = stamp[index] }
        }
    }

    /// Where the bytes first differ from what the upload has from `start` on; nil if nowhere.
    package func difference(from data: Data, at start: Int64 = 0) -> Int64? {
        let step = 1 << 20
        for piece in stride(from: 0, to: data.count, by: step) {
            let end = min(piece + step, data.count)
            let expected = self.data(start + Int64(piece)..<start + Int64(end))
            let given = data[data.startIndex + piece..<data.startIndex + end]
            if given != expected {
                let place = zip(given, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
                return start + Int64(piece + place)
            }
        }
        return nil
    }
}
