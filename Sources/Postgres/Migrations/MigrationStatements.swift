import Synchronization

extension Migrator {
    static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            name text PRIMARY KEY,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            compatible_with integer
        )
        """

    /// Held until the session ends. The key is the ASCII text "tussock".
    struct TakeLock: Statement {
        static let sql = "SELECT pg_advisory_lock(\(0x74_7573_736f_636b))"
        typealias Output = Void
    }

    struct TableExists: Statement {
        static let sql = "SELECT to_regclass('schema_migration') IS NOT NULL AS found"
        static func decode(_ row: Row) throws -> Bool { try row["found"] }
    }

    struct AppliedMigrations: Statement {
        static let sql = """
            SELECT name, applied_at, checksum, compatible_with FROM schema_migration ORDER BY name COLLATE "C"
            """
        static func decode(_ row: Row) throws -> Applied {
            try Applied(
                name: row["name"], appliedAt: row["applied_at"], checksum: row["checksum"],
                compatibleWith: row["compatible_with"])
        }
    }

    /// The server hashes, so that there is one definition of the checksum and no cryptography here.
    struct Checksums: Statement {
        static let sql = """
            SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex') AS checksum
            FROM unnest($1::text[]) WITH ORDINALITY AS migration(text, position) ORDER BY position
            """
        let texts: [String]
        var parameters: [any SQLEncodable] { [texts] }
        static func decode(_ row: Row) throws -> String { try row["checksum"] }
    }

    struct Record: Statement {
        static let sql = """
            INSERT INTO schema_migration (name, checksum, compatible_with)
            VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'), $3::integer)
            """
        typealias Output = Void
        let migration: Migration
        let compatibleWith: Int?
        var parameters: [any SQLEncodable] { [migration.name, migration.sql, compatibleWith] }
    }
}

extension PostgresConnection {
    /// For this session: statements take as long as they take, on the server and here.
    func removeStatementTimeout() async throws {
        try await executeScript("SET statement_timeout = 0")
        session.withLock { $0.statementTimeout = nil }
    }

    var isInTransaction: Bool { session.withLock { $0.libpq.isInTransaction } }
}
