package import Foundation

/// Everything that one run measured.
package struct Report: Codable, Sendable {
    package var machine: String
    package var begun: Date
    package var figures: [Figure]
    package var verdicts: [Verdict]
    /// What could not be measured, and why.
    package var notes: [String]

    package init(begun: Date, figures: [Figure]) {
        (self.begun, self.figures) = (begun, figures)
        machine = Self.describeMachine()
        verdicts = Bar.all.compactMap { $0.held(against: figures) }
        notes = ["On \(machine)."]
        if !figures.contains(where: { $0.system == "nginx" }), verdicts.contains(where: { $0.isMet == nil }) {
            notes.append("There is no nginx to compare with; apt-get install nginx-extras brings one.")
        }
    }

    private static func describeMachine() -> String {
        let information = ProcessInfo.processInfo
        let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        let memory = information.physicalMemory >> 30
        let loads = load.split(separator: " ").prefix(3).joined(separator: " ")
        return "\(information.activeProcessorCount) processors, \(memory) GiB, "
            + "\(information.operatingSystemVersionString); load \(loads)"
    }

    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(self)
    }

    package var text: String {
        let rows = figures.map(Self.row)
        let heads = [
            "work", "system", "durability", "rate", "", "p50 / p99 ms", "CPU s: front + fin. + db", "peak MiB",
        ]
        var text = Self.table([heads] + rows)
        if !verdicts.isEmpty {
            let heads = ["work", "durability", "bar", "measured", ""]
            text += "\n" + Self.table([heads] + verdicts.map(Self.row))
        }
        for note in notes { text += "\n" + note }
        return text
    }

    private static func row(_ figure: Figure) -> [String] {
        let latencies = figure.latencies.sorted { $0.key < $1.key }.map { name, latency in
            (name.isEmpty ? "" : name + " ") + "\(number(latency.p50)) / \(number(latency.p99))"
        }
        let load = figure.load.map { load in
            load.finalizer + load.database > 0
                ? "\(number(load.front)) + \(number(load.finalizer)) + \(number(load.database))" : number(load.front)
        }
        return [
            figure.work, figure.system, figure.durability, number(figure.rate), figure.unit,
            latencies.joined(separator: ", "), load ?? "", figure.peak.map { String(Int($0)) } ?? "",
        ]
    }

    private static func row(_ verdict: Verdict) -> [String] {
        let met = verdict.isMet.map { $0 ? "met" : "NOT MET" } ?? "no reference"
        return [verdict.work, verdict.durability, verdict.bar, verdict.value.map(number) ?? "", met]
    }

    static func number(_ value: Double) -> String {
        if value >= 100 { return String(Int(value.rounded())) }
        return String(format: value >= 10 ? "%.1f" : "%.2f", value)
    }

    static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            return cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces) + "\n"
        }.joined()
    }
}
