/// Rows in columns that fit a terminal.
struct Table {
    struct Column {
        var title: String
        var isNumber = false
        /// May be cut when the terminal is too narrow; the others never are.
        var isFlexible = false
        /// May be left out when all that may be cut is, and the terminal is still too narrow; the last one first.
        var isOptional = false

        init(_ title: String, isNumber: Bool = false, isFlexible: Bool = false, isOptional: Bool = false) {
            self.title = title
            self.isNumber = isNumber
            self.isFlexible = isFlexible
            self.isOptional = isOptional
        }
    }

    private var columns: [Column]
    private var rows: [[String]] = []
    /// Columns that may be cut keep this many characters.
    private static let narrowest = 8

    init(_ columns: Column...) {
        self.columns = columns
    }

    mutating func add(_ row: String...) { rows.append(row.map(Self.plain)) }

    /// - Parameter width: of the terminal, characters; nil: as wide as it is.
    func lines(width: Int?) -> [String] {
        var widths = columns.indices.map { index in
            rows.reduce(columns[index].title.count) { max($0, index < $1.count ? $1[index].count : 0) }
        }
        if let width, !shrink(&widths, to: width), let index = columns.lastIndex(where: \.isOptional) {
            return without(column: index).lines(width: width)
        }
        return ([columns.map(\.title)] + rows).map { row in
            let cells = row.enumerated().map { index, text in
                let cut = Self.cut(text, to: widths[index])
                let space = String(repeating: " ", count: widths[index] - cut.count)
                return columns[index].isNumber ? space + cut : cut + space
            }
            return Self.trimmed(cells.joined(separator: "  "))
        }
    }

    private func without(column index: Int) -> Table {
        var narrower = self
        narrower.columns.remove(at: index)
        narrower.rows = rows.map { row in row.enumerated().filter { $0.offset != index }.map(\.element) }
        return narrower
    }

    /// Takes from the widest column that may be cut, one character at a time, until the rows fit. False if they do not.
    private func shrink(_ widths: inout [Int], to width: Int) -> Bool {
        while widths.reduce(0, +) + 2 * (columns.count - 1) > width {
            let flexible = columns.indices.filter {
                columns[$0].isFlexible && widths[$0] > Self.narrowest
            }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { return false }
            widths[widest] -= 1
        }
        return true
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }

    private static func trimmed(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }

    /// What comes from outside must not steer the terminal.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
