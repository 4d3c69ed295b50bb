package import Foundation

/// Content of which every 512 bytes are unlike all others, so that nothing can be lost, doubled or moved unseen.
package enum TestBytes {
    package static func make(_ count: Int, seed: UInt64 = 1) -> Data {
        var data = Data(repeating: UInt8(truncatingIfNeeded: seed), count: count)
        data.withUnsafeMutableBytes { bytes in
            for start in stride(from: 0, to: count, by: 512) {
                // SplitMix64's finalizer, of the place.
                var word = (seed << 48) ^ UInt64(start) &+ 0x9E37_79B9_7F4A_7C15
                word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
                word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
                withUnsafeBytes(of: word ^ (word >> 31)) { stamp in
                    UnsafeMutableRawBufferPointer(rebasing: bytes[start..<min(start + 8, count)])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: stamp[..<min(8, count - start)]))
                }
            }
        }
        return data
    }
}
