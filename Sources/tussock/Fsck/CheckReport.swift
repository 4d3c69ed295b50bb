import Content
import Foundation
import Inspection
import Synchronization

/// What a person, or a program, is told of a check: findings on standard output, progress on standard error.
final class CheckReport: Sendable {
    private let json: Bool
    private let volume: String
    private let state = Mutex<CheckState?>(nil)
    /// A line on the terminal that is to be written over.
    private let hasLine = Mutex(false)
    private let begin = ContinuousClock.now

    init(json: Bool, volume: String) {
        (self.json, self.volume) = (json, volume)
    }

    func tell(_ finding: Finding) {
        eraseLine()
        if json { return say(Self.object(of: finding).line) }
        let subject = finding.subject.map { " (\(Table.plain($0)))" } ?? ""
        say(
            "\(finding.kind.rawValue): \(Table.plain(finding.path))\(subject)\n  \(Table.plain(finding.message))\n  "
                + (finding.isRepaired ? "" : "→ ") + finding.remedy)
    }

    func begin(_ start: CheckState) {
        reached(start)
        guard !json, start.phase != .uploads || start.after != nil else { return }
        say("going on with a check that was broken off, \(Self.place(start))")
    }

    func reached(_ state: CheckState) { self.state.withLock { $0 = state } }

    /// The volume is not this database's: nothing was checked.
    func stopped() {
        if !json { say("nothing was checked") }
    }

    func end(_ end: CheckState) {
        eraseLine()
        let counts = end.counts
        if json { return say(Self.object(of: end).line) }
        say(
            "\(counts.uploads) unfinished uploads, \(counts.blobs) finished files, \(counts.files) files there; "
                + "\(Shown.bytes(counts.bytes)) read, in \(Shown.seconds(end.seconds))")
        if counts.withoutChecksum > 0 {
            say("\(counts.withoutChecksum) finished files have no recorded checksum: \(Self.notHeld(end))")
        }
        if counts.repaired > 0 { say("\(counts.repaired) orphans removed") }
        var left = counts.findings
        left[Finding.Kind.orphan.rawValue]? -= counts.repaired
        let kinds = left.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        say(counts.wrong == 0 ? "nothing is wrong" : "wrong: \(kinds.joined(separator: ", "))")
    }

    private static func notHeld(_ state: CheckState) -> String {
        state.readsBytes ? "they were read, and held against their size only" : "only their size is known"
    }

    // MARK: Progress

    /// Shows progress beside `body`: a line that changes on a terminal, else a line now and then.
    func showingProgress<Result: Sendable>(
        of check: VolumeCheck, _ body: () async throws -> Result
    ) async throws -> Result {
        let isTerminal = isatty(STDERR_FILENO) == 1
        let ticker = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: isTerminal ? .milliseconds(500) : .seconds(10))
                progress(check.seen, isTerminal: isTerminal)
            }
        }
        defer { ticker.cancel() }
        return try await body()
    }

    private func progress(_ counts: CheckState.Counts, isTerminal: Bool) {
        guard let state = state.withLock({ $0 }) else { return }
        let seconds = max((ContinuousClock.now - begin) / .seconds(1), 0.001)
        let line =
            "\(Self.place(state)): \(counts.uploads) uploads, \(counts.blobs) blobs, \(counts.files) files, "
            + "\(Shown.bytes(counts.bytes)) read, \(counts.wrong) wrong, after \(Shown.seconds(seconds))"
        guard isTerminal else { return Self.toError("tussock: \(line)\n") }
        eraseLine()
        hasLine.withLock { $0 = true }
        Self.toError(line)
    }

    private func eraseLine() {
        let isThere = hasLine.withLock { hasLine in
            defer { hasLine = false }
            return hasLine
        }
        if isThere { Self.toError("\r\u{1B}[K") }
    }

    private static func toError(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    private static func place(_ state: CheckState) -> String {
        "\(state.phase.rawValue) \(Int(state.share * 100))%"
    }

    // MARK: JSON

    private static func object(of finding: Finding) -> JSONValue {
        [
            "kind": .string(finding.kind.rawValue), "path": .string(finding.path),
            "subject": .optional(finding.subject), "message": .string(finding.message),
            "remedy": .string(finding.remedy), "repaired": .bool(finding.isRepaired),
        ]
    }

    private static func object(of end: CheckState) -> JSONValue {
        let counts = end.counts
        let findings = counts.findings.mapValues { JSONValue.number(Int64($0)) }
        return [
            "summary": [
                "uploads": .number(Int64(counts.uploads)), "blobs": .number(Int64(counts.blobs)),
                "files": .number(Int64(counts.files)), "bytes_read": .number(counts.bytes),
                "unacknowledged_tails": .number(Int64(counts.tails)),
                "without_checksum": .number(Int64(counts.withoutChecksum)), "findings": .object(findings),
                "repaired": .number(Int64(counts.repaired)), "wrong": .number(Int64(counts.wrong)),
                "seconds": .decimal(end.seconds),
            ]
        ]
    }
}
