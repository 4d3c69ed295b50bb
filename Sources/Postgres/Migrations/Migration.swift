package import FoundationEssentials

/// One numbered, forward-only step of the schema.
package struct Migration: Sendable {
    /// Sorts in the order of application, such as `001_content`.
    package var name: String
    /// Any number of statements; they run in one transaction, so none may end it or refuse one (CREATE INDEX
    /// CONCURRENTLY).
    package var sql: String

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }
}

extension Migrator {
    /// How the database's schema stands to this program's migrations.
    package enum Status: Sendable, Equatable {
        case current
        /// These have not been applied; `migrate` does it.
        case behind(missing: [String])
        /// The database has migrations that this program does not know: it was migrated by a newer version.
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
    }
}
