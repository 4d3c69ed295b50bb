import Foundation
import Testing

/// The house rules of DESIGN.md that a program can check. Each names the file and the line that breaks it.
@Suite struct TidyTests {
    @Test func theRepositoryIsFound() {
        #expect(Repository.sources.count > 100)
        #expect(Repository.swift.count > Repository.sources.count)
    }

    @Test func noFileIsLongerThan500Lines() {
        let long = Repository.swift.filter { $0.lines.count > 500 }.map { "\($0.path): \($0.lines.count) lines" }
        #expect(long == [])
    }

    @Test func noLineIsLongerThan120Characters() {
        #expect(places { $0.count > 120 } == [])
    }

    @Test func theFilesOfPagesAreNoWiderAndNoLonger() {
        let files = Repository.files(below: ["Sources/Pages/Dashboard"], ending: "")
        #expect(files.filter { $0.lines.count > 500 }.map(\.path) == [])
        let wide = files.filter { file in file.lines.contains { $0.count > 120 } }
        #expect(wide.map(\.path) == [])
    }

    @Test func noFunctionIsLongerThan70Lines() {
        #expect(Repository.sources.flatMap(longFunctions) == [])
    }

    @Test func nothingIsLeftUnfinished() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "not imple" + "mented", "fatal" + "Error("]
        #expect(places { line in words.contains { line.contains($0) } } == [])
    }

    @Test func noForcingAtRunTime() {
        let words = ["try" + "! ", " as" + "! "]
        #expect(places { line in words.contains { line.contains($0) } } == [])
    }

    @Test func nothingSleepsInTests() {
        let words = ["Task" + ".sleep", "Thread" + ".sleep", "us" + "leep("]
        let found = places { line in words.contains { line.contains($0) } }
        // One helper polls for what other processes do, and the fault harness keeps to a plan in real time; everything
        // else waits for signals.
        let allowed = ["Tests/TestSupport/Eventually.swift:", "Tests/FaultHarness/Plan/Pace.swift:"]
        #expect(found.filter { place in place.hasPrefix("Tests/") && !allowed.contains { place.hasPrefix($0) } } == [])
    }

    @Test func foldersAreNounsOfTheDomain() {
        let vague: Set = ["Utils", "Utilities", "Core", "Helpers", "Extensions", "Misc", "New", "Common"]
        let folders = Repository.swift.flatMap { $0.path.split(separator: "/").dropLast().map(String.init) }
        #expect(Set(folders).intersection(vague) == [])
    }

    @Test func namesOfTestsAreClaims() {
        #expect(places { $0.contains("@Test func " + "test") } == [])
    }

    @Test func nothingOfOneMachineIsCommitted() {
        let words = ["/wo" + "rk/", "/ro" + "ot/", "/opt/" + "swift"]
        #expect(places { line in words.contains { line.contains($0) } } == [])
    }

    @Test func uncheckedSendabilitySaysWhatGuardsIt() {
        let found = Repository.sources.flatMap { file in
            file.lines.indices.compactMap { index -> String? in
                guard file.lines[index].contains("@unchecked Sendable") else { return nil }
                let before = file.lines[max(0, index - 12)..<index]
                return before.contains { $0.contains("//") } ? nil : "\(file.path):\(index + 1)"
            }
        }
        #expect(found == [])
    }

    // MARK: Looking

    private func places(_ isBad: (String) -> Bool) -> [String] {
        Repository.swift.flatMap { file in
            file.lines.indices.filter { isBad(file.lines[$0]) }.map { "\(file.path):\($0 + 1)" }
        }
    }

    /// From the line of `func` or `init` to the brace in the same column that closes it.
    private func longFunctions(_ file: Repository.File) -> [String] {
        var found: [String] = []
        var open: (line: Int, indent: String)?
        for (index, line) in file.lines.enumerated() {
            let indent = String(line.prefix { $0 == " " })
            if open == nil, isFunction(line.dropFirst(indent.count)) { open = (index, indent) }
            if let begun = open, line == begun.indent + "}" {
                if index - begun.line + 1 > 70 { found.append("\(file.path):\(begun.line + 1)") }
                open = nil
            } else if let begun = open, begun.line == index, line.hasSuffix("}") {
                open = nil
            }
        }
        return found
    }

    private func isFunction(_ line: Substring) -> Bool {
        let words = line.split(separator: " ")
        return words.contains("func") || words.contains { $0.hasPrefix("init(") || $0.hasPrefix("init?(") }
    }
}
