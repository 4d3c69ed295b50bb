package import FoundationEssentials

/// One numbered, forward-only step of the schema.
///
/// What lets nodes be upgraded one after the other: a step says in a line of its own, `-- compatible-with: 4`, that
/// programs whose own schema ends with step 4 or later go on working on the schema that it makes. One that says
/// nothing is for programs that know it.
package struct Migration: Sendable {
    /// Sorts in the order of application, such as `001_content`; begins with the step's number.
    package var name: String
    /// Any number of statements; they run in one transaction, so none may end it or refuse one (CREATE INDEX
    /// CONCURRENTLY).
    package var sql: String

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    /// nil if the name has none.
    package var number: Int? { Int(name.prefix { $0.isASCII && $0.isNumber }) }

    private static let header = "-- compatible-with:"

    /// The number of the last step of the oldest programs that work on the schema after this one; nil: those that know
    /// this step.
    ///
    /// Throws `PostgresError` (`.configuration`) unless it is said at most once, as the number of an earlier step.
    package func compatibleWith() throws -> Int? {
        let lines = sql.split(separator: "\n").filter { $0.hasPrefix(Self.header) }
        guard let line = lines.first else { return nil }
        let text = line.dropFirst(Self.header.count).drop { $0 == " " }
        guard lines.count == 1, let oldest = Int(text), let number, (1..<number).contains(oldest) else {
            throw PostgresError(
                .configuration,
                "migration \(name): \"\(line)\" must be there once, with the number of an earlier migration")
        }
        return oldest
    }
}

extension Migrator {
    /// How the database's schema stands to this program's migrations.
    package enum Status: Sendable, Equatable {
        case current
        /// These have not been applied; `migrate` does it.
        case behind(missing: [String])
        /// The database has migrations that this program does not know, of a newer version, and all of them say that
        /// this program may go on.
        case newer(unknown: [String])
        /// The database has migrations that this program does not know: it was migrated by a newer version, and not
        /// for programs as old as this one.
        case ahead(unknown: [String])
        /// An applied migration's text is not this program's: its recorded SHA-256 differs.
        case altered(name: String)
    }

    /// A migration as the database has it on record.
    package struct Applied: Sendable, Equatable {
        package var name: String
        package var appliedAt: Date
        /// SHA-256 of the migration's UTF-8 text, 64 lower-case hex digits.
        package var checksum: String
        /// See `Migration`.
        package var compatibleWith: Int?
    }
}
