import Testing

/// One sentence of a specification, and the tests that show that it is kept.
struct Requirement: Sendable {
    enum Level: String, Sendable {
        case must = "MUST"
        case mustNot = "MUST NOT"
        case shallNot = "SHALL NOT"
        case should = "SHOULD"
        case shouldNot = "SHOULD NOT"
        case recommended = "RECOMMENDED"
    }

    /// Whom the sentence binds, or why it binds nobody here.
    enum Scope: Sendable {
        case server
        /// The client; the tests show how the server meets one that keeps it, or one that does not.
        case client
        /// Its own condition does not hold here, for the reason given; the tests show that.
        case conditional(String)
    }

    var section: String
    var level: Level
    /// As the specification has it, with the sentences around it left out.
    var text: String
    var scope: Scope
    /// Names of test functions, anywhere in Tests/.
    var tests: [String]

    init(_ section: String, _ level: Level, _ text: String, _ tests: String..., scope: Scope = .server) {
        self.section = section
        self.level = level
        self.text = text
        self.scope = scope
        self.tests = tests
    }
}

/// A specification's requirements of a server; those of clients only where the table says so.
struct Specification: Sendable, CustomTestStringConvertible {
    var name: String
    var requirements: [Requirement]

    var testDescription: String { name }
}
