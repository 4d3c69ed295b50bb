import Testing
import Uploads

@Suite struct ChunkListTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var list: ChunkList
        var pieces: [[Int64]]
        var whole: Int64?
        var testDescription: String { name }

        init(_ name: String, _ files: [(Int64, Int64)], end: Int64, clean: Bool, _ pieces: [[Int64]], _ whole: Int64?) {
            self.name = name
            list = ChunkList(fences: files.map(\.0), starts: files.map(\.1), end: end, isClean: clean)
            self.pieces = pieces
            self.whole = whole
        }
    }

    static let cases = [
        Case("no file", [], end: 0, clean: true, [], nil),
        Case("one file without bytes", [(1, 0)], end: 0, clean: true, [], nil),
        Case("one file, handed over", [(1, 0)], end: 7, clean: true, [[1, 7]], 1),
        Case("one file, still claimed", [(1, 0)], end: 7, clean: false, [[1, 7]], nil),
        Case("two files", [(1, 0), (3, 4)], end: 7, clean: true, [[1, 4], [3, 3]], nil),
        Case("the first without bytes", [(1, 0), (3, 0)], end: 7, clean: true, [[3, 7]], 3),
        Case(
            "the last without bytes: its predecessor was ousted", [(1, 0), (3, 7)], end: 7, clean: true, [[1, 7]], nil),
        Case("the middle without bytes", [(1, 0), (2, 4), (5, 4)], end: 9, clean: true, [[1, 4], [5, 5]], nil),
        Case("only the middle with bytes", [(1, 0), (2, 0), (5, 4)], end: 4, clean: true, [[2, 4]], nil),
    ]

    @Test(arguments: cases) func piecesAreTheCommittedRuns(_ test: Case) {
        #expect(test.list.pieces.map { [$0.fence, $0.length] } == test.pieces)
    }

    @Test(arguments: cases) func wholeIsTheOneFileThatNobodyElseMayWriteTo(_ test: Case) {
        #expect(test.list.whole == test.whole)
    }

    @Test(arguments: cases) func piecesAddUpToTheOffset(_ test: Case) {
        #expect(test.list.pieces.reduce(0) { $0 + $1.length } == test.list.end)
    }
}
