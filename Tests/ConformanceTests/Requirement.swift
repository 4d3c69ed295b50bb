import Testing

/// One sentence of a specification that binds a server, and the tests that show that it is kept.
struct Requirement: Sendable {
    enum Level: String, Sendable {
        case must = "MUST"
        case mustNot = "MUST NOT"
        case should = "SHOULD"
        case shouldNot = "SHOULD NOT"
    }

    var section: String
    var level: Level
    /// As the specification has it, with the sentences around it left out.
    var text: String
    /// Names of test functions, anywhere in Tests/.
    var tests: [String]

    init(_ section: String, _ level: Level, _ text: String, _ tests: String...) {
        self.section = section
        self.level = level
        self.text = text
        self.tests = tests
    }
}

/// A specification's requirements of a server. What it asks of clients only is left out.
struct Specification: Sendable, CustomTestStringConvertible {
    var name: String
    var requirements: [Requirement]

    var testDescription: String { name }
}
