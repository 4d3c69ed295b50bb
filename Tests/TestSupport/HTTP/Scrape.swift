import Foundation

/// The text of `/metrics`, read as simply as its promises allow.
package struct Scrape: Sendable {
    package let text: String
    /// By what stands before the value, such as `tussock_jobs{state="dead"}`.
    package let values: [String: Double]

    package init(text: String) {
        self.text = text
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        values = Dictionary(
            lines.compactMap { line in
                guard let blank = line.lastIndex(of: " ") else { return nil }
                return Double(line[line.index(after: blank)...]).map { (String(line[..<blank]), $0) }
            }, uniquingKeysWith: { $1 })
    }

    package subscript(_ series: String) -> Double? { values[series] }

    /// The sum of the series whose names begin so, such as `tussock_http_request_seconds_count{method="PATCH"`.
    package func sum(_ beginning: String) -> Double {
        values.filter { $0.key.hasPrefix(beginning) }.values.reduce(0, +)
    }

    /// Names that TYPE tells; those of histograms once.
    package var names: Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
                .compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) })
    }

    /// The values that a label has anywhere.
    package func labels(_ label: String) -> Set<String> {
        Set(
            values.keys.flatMap { key in
                key.components(separatedBy: "\(label)=\"").dropFirst().compactMap {
                    $0.split(separator: "\"", omittingEmptySubsequences: false).first.map(String.init)
                }
            })
    }
}
