import TestSupport
import Testing

@testable import Content

@Suite struct ByteRangesTests {
    @Test(
        arguments: [
            ("bytes=0-499", .one(0..<500)), ("bytes=500-", .one(500..<1000)), ("bytes=-1", .one(999..<1000)),
            ("bytes=-5000", .one(0..<1000)), ("bytes=990-2000", .one(990..<1000)), ("Bytes=0-0", .one(0..<1)),
            ("bytes=0-99999999999999999999999", .one(0..<1000)), ("bytes=,0-1 ,", .one(0..<2)),
            ("bytes=0-0,-1", .many([0..<1, 999..<1000])), ("bytes=5-9 , 0-3", .many([5..<10, 0..<4])),
            ("bytes=0-1,5000-", .one(0..<2)), ("bytes=0-1,-0", .one(0..<2)),
        ] as [(String, ByteRanges)])
    func satisfiableRangesAreClampedAndKeepTheirOrder(_ header: String, _ ranges: ByteRanges) {
        #expect(ByteRanges.parse(header, length: 1000) == ranges)
    }

    @Test(arguments: ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=2000-,-0", "bytes=99999999999999999999-"])
    func rangesOutsideTheFileAreUnsatisfiable(_ header: String) {
        #expect(ByteRanges.parse(header, length: 1000) == .unsatisfiable)
    }

    @Test(
        arguments: [
            nil, "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=0-1,2-1",
            "bytes=0x1-2", "bytes=+1-2", "bytes=1--2", "bytes=--1", "bytes=0 -1", "lines=0-1", "bytes 0-1",
            "bytes==0-1",
            "bytes=٠-١", "bytes=0-1;2-3", "bytes =0-1",
        ] as [String?])
    func malformedHeadersAndOtherUnitsGiveTheWhole(_ header: String?) {
        #expect(ByteRanges.parse(header, length: 1000) == .whole)
    }

    @Test func ofAnEmptyFileASuffixIsTheWholeAndAnythingElseUnsatisfiable() {
        #expect(ByteRanges.parse("bytes=-5", length: 0) == .whole)
        #expect(ByteRanges.parse("bytes=0-", length: 0) == .unsatisfiable)
        #expect(ByteRanges.parse("bytes=-0", length: 0) == .unsatisfiable)
        #expect(ByteRanges.parse(nil, length: 0) == .whole)
    }

    @Test func thirtyTwoRangesAreServedAndOneMoreIsNot() {
        let ranges: [Range<Int64>] = (0..<33).map { (index: Int64) -> Range<Int64> in index * 10..<(index * 10 + 1) }
        let specs: [String] = ranges.map { "\($0.lowerBound)-\($0.lowerBound)" }
        let most = ByteRanges.parse("bytes=" + specs.dropLast().joined(separator: ","), length: 1000)
        #expect(most == .many(Array(ranges.dropLast())))
        #expect(ByteRanges.parse("bytes=" + specs.joined(separator: ","), length: 1000) == .whole)
    }

    @Test func overlapsBeyondSenseGiveTheWhole() {
        #expect(ByteRanges.parse("bytes=0-9,5-14,10-19", length: 1000) == .many([0..<10, 5..<15, 10..<20]))
        #expect(ByteRanges.parse("bytes=0-9,1-9,2-9,3-9", length: 1000) == .whole)
        #expect(ByteRanges.parse("bytes=0-,0-", length: 1000) == .whole)
        #expect(ByteRanges.parse("bytes=0-,0-", length: .max) == .whole)
    }

    @Test func garbageNeverTrapsAndRangesStayInsideTheFile() {
        var generator = SeededGenerator(state: 5)
        let pieces = [
            "bytes=", "-", ",", "0", "9", "12", "99999999999999999999", " ", "\t", "=", "x", "ü", "500-", "-3",
        ]
        let lengths: [Int64] = [0, 1, 10, 1000, .max, -1]
        for round in 0..<20_000 {
            let header = "bytes=" + generator.text(of: pieces, upTo: 9)
            let length = lengths[round % lengths.count]
            switch ByteRanges.parse(header, length: length) {
            case .whole, .unsatisfiable: break
            case .one(let range): #expect(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length)
            case .many(let ranges):
                #expect(ranges.count >= 2)
                #expect(ranges.allSatisfy { !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= length })
                #expect(ranges.reduce(0.0) { $0 + Double($1.count) } <= Double(length))
            }
        }
    }
}
