/// Which jobs are asked for; what is nil or empty does not matter.
package struct JobFilter: Sendable, Equatable {
    package var states: [JobState] = []
    /// The names from below the root to a folder: the jobs of it and of all below it.
    package var folder: [String]?
    package var owner: String?
    /// Seconds since the last byte of their uploads, at least.
    package var olderThan: Int?

    package init(states: [JobState] = [], folder: [String]? = nil, owner: String? = nil, olderThan: Int? = nil) {
        self.states = states
        self.folder = folder
        self.owner = owner
        self.olderThan = olderThan
    }

    package var isEmpty: Bool { states.isEmpty && folder == nil && owner == nil && olderThan == nil }

    /// What is wrong with a parameter, with its name and what it may be; 400, or 64 of a command.
    package struct Mistake: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String

        package init(_ description: String) { self.description = description }
    }

    package static let names = ["state", "folder", "owner", "older_than"]

    /// Takes the parameter if it is one of `names`; false if it is none. `state` may be given several times or as a
    /// list with commas.
    package mutating func take(_ name: String, _ text: String) throws -> Bool {
        switch name {
        case "state":
            // An empty list is a mistake: it must not come to mean every state.
            let names = text.split(separator: ",", omittingEmptySubsequences: false)
            states += try names.map { try Self.state(String($0)) }
        case "folder": folder = try Self.path(text)
        case "owner":
            guard !text.isEmpty, !text.utf8.contains(0) else { throw Mistake("owner must be the name of an account") }
            owner = text
        case "older_than": olderThan = try Self.integer(name, text, in: 0...3_153_600_000)
        default: return false
        }
        return true
    }

    private static func state(_ text: String) throws -> JobState {
        if let state = JobState(rawValue: text) { return state }
        throw Mistake("state is \(quoted(text)); it must be one of: \(Self.list(JobState.allCases.map(\.rawValue)))")
    }

    private static func path(_ text: String) throws -> [String] {
        guard text.hasPrefix("/"), !text.utf8.contains(0) else {
            throw Mistake("folder is \(quoted(text)); it must be a path such as /media")
        }
        return text.split(separator: "/").map(String.init)
    }

    static func integer(_ name: String, _ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            let upper = range.upperBound == .max ? "up" : "to \(range.upperBound)"
            throw Mistake(
                "\(name) is \(quoted(text)); it must be a whole number from \(range.lowerBound) \(upper)")
        }
        return number
    }

    static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    /// Text from outside for a message: printable ASCII, at most 64 characters.
    static func quoted(_ text: String) -> String {
        "\"" + String(text.unicodeScalars.prefix(64).map { $0.value >= 0x20 && $0.value < 0x7F ? Character($0) : "?" })
            + "\""
    }
}

/// Which part of a list is asked for: newest first, from the newest on, or by cursor.
///
/// A cursor is a job's id, and ids never change: what `before` and `after` give neither repeats nor skips a job,
/// whatever comes and goes meanwhile. `start` counts, and so moves with what is new.
package struct JobPage: Sendable, Equatable {
    /// Only jobs with a smaller id.
    package var before: Int64?
    /// Only jobs with a larger id, and of these the oldest.
    package var after: Int64?
    package var start = 0
    package var size = 25

    /// Beyond this the cursors lead on.
    package static let mostStart = 10_000
    package static let mostSize = 1000

    package init() {}

    package static let names = ["before", "after", "b_start", "b_size"]

    package mutating func take(_ name: String, _ text: String) throws -> Bool {
        switch name {
        case "before": before = Int64(try JobFilter.integer(name, text, in: 0...Int.max))
        case "after": after = Int64(try JobFilter.integer(name, text, in: 0...Int.max))
        case "b_start": start = try JobFilter.integer(name, text, in: 0...Self.mostStart)
        case "b_size": size = try JobFilter.integer(name, text, in: 1...Self.mostSize)
        default: return false
        }
        guard before == nil || after == nil else {
            throw JobFilter.Mistake("before and after cannot be given together")
        }
        return true
    }
}

/// What a request or a command asks of the list: filter and page, nothing else.
package struct JobQuery: Sendable, Equatable {
    package var filter = JobFilter()
    package var page = JobPage()

    /// Throws a `JobFilter.Mistake` that names the parameter.
    package init(_ parameters: [(name: String, value: String)]) throws {
        for (name, value) in parameters {
            if try filter.take(name, value) { continue }
            if try page.take(name, value) { continue }
            throw JobFilter.Mistake(
                "there is no parameter \(JobFilter.quoted(name)); there are: "
                    + JobFilter.list(JobFilter.names + JobPage.names))
        }
    }
}
