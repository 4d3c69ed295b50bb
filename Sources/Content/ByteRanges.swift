import Foundation

/// What a `Range` header asks for, measured against the bytes there are (RFC 9110 §14).
package enum ByteRanges: Sendable, Equatable {
    /// 200 with everything: no header, a malformed one, another unit, or a request that §17.15 calls an attack.
    case whole
    /// 206 with `Content-Range`; not empty.
    case one(Range<Int64>)
    /// 206 as multipart/byteranges; two or more, none empty, in the order asked for.
    case many([Range<Int64>])
    /// 416 with `Content-Range: bytes */length`.
    case unsatisfiable

    /// More ranges than this are answered with the whole.
    static let maximumRanges = 32
    /// More ranges than this that overlap an earlier one are answered with the whole (§14.2: "more than two").
    static let maximumOverlaps = 2

    /// Reads the field's value for a file of `length` bytes; never fails, what it cannot read is `whole`.
    ///
    /// Ends are clamped to the file; of several ranges, those outside of it are dropped. Ranges that together ask for
    /// more than the file are `whole`. Of an empty file a suffix is `whole` (§14.1.2: the suffix is longer than it).
    package static func parse(_ header: String?, length: Int64) -> ByteRanges {
        guard let header, let specs = specifications(header) else { return .whole }
        let length = max(0, length)
        if length == 0, specs.contains(where: \.isSuffixWithBytes) { return .whole }
        let ranges = specs.compactMap { $0.resolve(length: length) }
        switch ranges.count {
        case 0: return .unsatisfiable
        case 1: return .one(ranges[0])
        default: return isReasonable(ranges, length: length) ? .many(ranges) : .whole
        }
    }

    private static func isReasonable(_ ranges: [Range<Int64>], length: Int64) -> Bool {
        var left = length
        for range in ranges {
            left -= Int64(range.count)
            if left < 0 { return false }
        }
        let overlaps = ranges.indices.count { here in ranges[..<here].contains { $0.overlaps(ranges[here]) } }
        return overlaps <= maximumOverlaps
    }

    private static func specifications(_ header: String) -> [Specification]? {
        let sides = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, sides[0].lowercased() == "bytes" else { return nil }
        // RFC 9110 §5.6.1: a recipient must accept a reasonable number of empty list elements.
        let parts = sides[1].split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2 * maximumRanges else { return nil }
        var result: [Specification] = []
        for part in parts.map(trimmed) where !part.isEmpty {
            guard let specification = Specification(part) else { return nil }
            result.append(specification)
        }
        return result.isEmpty || result.count > maximumRanges ? nil : result
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let front = text.drop(while: isSpace)
        return front.dropLast(front.reversed().prefix(while: isSpace).count)
    }
}

/// A range-spec (RFC 9110 §14.1.1).
private enum Specification {
    case from(Int64, through: Int64?)
    case suffix(Int64)

    init?(_ text: Substring) {
        let sides = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        switch (Self.number(sides[0]), Self.number(sides[1])) {
        case (let first?, let last?):
            // "An int-range is invalid if the last-pos value is present and less than first-pos."
            guard first <= last else { return nil }
            self = .from(first, through: last)
        case (let first?, nil) where sides[1].isEmpty: self = .from(first, through: nil)
        case (nil, let count?) where sides[0].isEmpty: self = .suffix(count)
        default: return nil
        }
    }

    var isSuffixWithBytes: Bool {
        if case .suffix(let count) = self { count > 0 } else { false }
    }

    /// nil: not satisfiable.
    func resolve(length: Int64) -> Range<Int64>? {
        switch self {
        case .from(let first, let last):
            guard first < length else { return nil }
            return first..<(min(last ?? length, length - 1) + 1)
        case .suffix(let count):
            let range = (length - min(count, length))..<length
            return range.isEmpty ? nil : range
        }
    }

    /// ASCII digits only; more than fits is as good as the largest.
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text) ?? .max
    }
}
