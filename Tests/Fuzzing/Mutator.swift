package import TestSupport

/// Makes new inputs out of old ones. The same generator makes the same inputs.
package struct Mutator: Sendable {
    package var generator: SeededGenerator
    /// Longest input, bytes; longer ones are cut.
    static let longest = 24 * 1024

    package init(seed: UInt64) {
        generator = SeededGenerator(state: seed)
    }

    /// Pieces that parsers trip over.
    private static let pieces: [[UInt8]] =
        [
            "\r\n", "\n", "\0", " ", "\t", ",", ";", ":", "=", "\"", "\\", "%", "/", "..", "//", "@", "++api++", "[",
            "]", "{",
            "}", "-", "+", "0", "-1", "0x", "1e9", "9223372036854775807", "9223372036854775808", "18446744073709551616",
            "00000000000000000000001", "é", "\u{301}", "\u{202E}", "\u{FEFF}", "💥", "%00", "%2F", "%2e%2e", "%zz", "==",
            "YQ==", "chunked", "*", "W/", "::", "::ffff:", "255", "/33", "https://", "bytes=", "null", "true", "[[[[",
        ].map { Array($0.utf8) } + [[0x80], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xFF, 0xD8, 0xFF], [0x7F]]

    private mutating func below(_ count: Int) -> Int { count < 1 ? 0 : Int.random(in: 0..<count, using: &generator) }

    private mutating func pick(_ list: [[UInt8]]) -> [UInt8] { list.isEmpty ? [] : list[below(list.count)] }

    /// One of `pool`, changed in a few places; now and then all garbage.
    package mutating func next(from pool: [[UInt8]]) -> [UInt8] {
        if below(50) == 0 { return generator.bytes(upTo: 200) }
        var input = pick(pool)
        for _ in 0...below(6) { change(&input, pool) }
        return Array(input.prefix(Self.longest))
    }

    private mutating func change(_ input: inout [UInt8], _ pool: [[UInt8]]) {
        let place = below(input.count + 1)
        let end = min(input.count, place + 1 + below(8))
        switch below(10) {
        case 0: if place < input.count { input[place] ^= 1 << UInt8(below(8)) }
        case 1: if place < input.count { input[place] = UInt8(below(256)) }
        case 2: input.insert(UInt8(below(256)), at: place)
        case 3: input.removeSubrange(place..<end)
        case 4, 5: input.insert(contentsOf: pick(Self.pieces), at: place)
        case 6: input.replaceSubrange(place..<end, with: pick(Self.pieces))
        case 7: input.insert(contentsOf: input[place..<end], at: place)
        case 8: splice(&input, with: pick(pool), at: place)
        default: multiply(&input, place..<end)
        }
    }

    /// The beginning of one and the end of the other.
    private mutating func splice(_ input: inout [UInt8], with other: [UInt8], at place: Int) {
        input = Array(input[..<place] + other[below(other.count + 1)...])
    }

    /// A part again and again: lists, nesting and sizes at their limits.
    private mutating func multiply(_ input: inout [UInt8], _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let times = below(20) == 0 ? 1 + below(Self.longest / range.count) : below(40)
        input.insert(contentsOf: (0..<times).flatMap { _ in input[range] }, at: range.upperBound)
    }
}
