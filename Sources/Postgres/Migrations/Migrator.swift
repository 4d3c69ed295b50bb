/// Brings a database to this program's schema, and says how far it is from it.
package struct Migrator: Sendable {
    package let migrations: [Migration]

    /// Migrations in any order; names that occur twice are refused by every method below.
    package init(_ migrations: [Migration]) {
        self.migrations = migrations.sorted { $0.name < $1.name }
    }

    /// The worst that is true, in the order altered, ahead, behind, newer, current. Changes nothing.
    package func status(_ pool: PostgresPool) async throws -> Status {
        try refuseMistakes()
        return try await pool.withConnection { try await status($0) }
    }

    /// The database's record, by name; empty when there is none yet.
    package func applied(_ pool: PostgresPool) async throws -> [Applied] {
        try await pool.withConnection { try await applied($0) }
    }

    /// Applies what is missing, in order, each in one transaction with its record; returns the names applied now.
    ///
    /// One process at a time per database: others wait (for as long as it takes) and then find nothing to do. Throws
    /// `PostgresError`: `.configuration` on an altered schema or one that is ahead, or what the failing migration
    /// threw, with its name; those before it stay applied, of itself nothing does. No statement timeout applies.
    package func migrate(_ pool: PostgresPool) async throws -> [String] {
        try refuseMistakes()
        return try await pool.withConnection { connection in
            // The lock and the setting belong to the session, so the connection ends here, whatever happens.
            defer { connection.retire() }
            try await connection.removeStatementTimeout()
            try await connection.execute(TakeLock())
            try await connection.executeScript(Self.createTable)
            return try await applyMissing(connection)
        }
    }

    private func applyMissing(_ connection: PostgresConnection) async throws -> [String] {
        switch try await status(connection) {
        case .current, .newer: return []
        case .behind(let missing):
            for migration in migrations where missing.contains(migration.name) {
                try await apply(migration, connection)
            }
            return missing
        case .ahead(let unknown):
            let names = unknown.joined(separator: ", ")
            throw PostgresError(.configuration, "the schema is newer than this program; it has also: \(names)")
        case .altered(let name):
            throw PostgresError(.configuration, "migration \(name) was applied with another text than this program has")
        }
    }

    private func apply(_ migration: Migration, _ connection: PostgresConnection) async throws {
        do {
            try await connection.withTransaction { connection in
                try await connection.executeScript(migration.sql)
                guard connection.isInTransaction else {
                    throw PostgresError(.configuration, "it ends its own transaction")
                }
                let oldest = try migration.compatibleWith()
                try await connection.execute(Record(migration: migration, compatibleWith: oldest))
            }
        } catch var error as PostgresError {
            error.message = "migration \(migration.name): \(error.message)"
            throw error
        }
    }

    private func status(_ connection: PostgresConnection) async throws -> Status {
        let applied = try await applied(connection)
        let checksums = try await connection.query(Checksums(texts: migrations.map(\.sql)))
        let known = Dictionary(uniqueKeysWithValues: zip(migrations.map(\.name), checksums))
        if let altered = applied.first(where: { known[$0.name] != nil && known[$0.name] != $0.checksum }) {
            return .altered(name: altered.name)
        }
        let unknown = applied.filter { known[$0.name] == nil }
        let own = migrations.compactMap(\.number).max() ?? 0
        guard unknown.allSatisfy({ $0.compatibleWith.map { $0 <= own } ?? false }) else {
            return .ahead(unknown: unknown.map(\.name))
        }
        let missing = migrations.map(\.name).filter { name in !applied.contains { $0.name == name } }
        if !missing.isEmpty { return .behind(missing: missing) }
        return unknown.isEmpty ? .current : .newer(unknown: unknown.map(\.name))
    }

    private func applied(_ connection: PostgresConnection) async throws -> [Applied] {
        guard try await connection.first(TableExists()) == true else { return [] }
        return try await connection.query(AppliedMigrations())
    }

    private func refuseMistakes() throws {
        for migration in migrations { _ = try migration.compatibleWith() }
        for (one, next) in zip(migrations, migrations.dropFirst()) where one.name == next.name {
            throw PostgresError(.configuration, "there are two migrations named \(one.name)")
        }
    }
}
