import Foundation
package import Postgres

/// Facts of one installation that every process of it shares: which volume belongs to this database.
///
/// The database decides the volume's identity before the volume is made, and remembers when it was made. So a folder
/// that is empty because nothing is mounted on it is told from one that is new, and a database never cleans up on
/// another's volume.
package struct Installation: Sendable {
    let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The identity that the volume has or is to have (32 hex digits), and whether it has been made.
    package func volume() async throws -> (identity: String, isMade: Bool) {
        let fresh = (0..<4).map { _ in String(format: "%08x", UInt32.random(in: .min ... .max)) }.joined()
        try await pool.execute(KeepSetting(name: "volume", value: fresh))
        let identity = try await pool.first(ReadSetting(name: "volume")) ?? fresh
        return (identity, try await pool.first(ReadSetting(name: "volume-made")) == identity)
    }

    package func volumeIsMade(_ identity: String) async throws {
        try await pool.execute(KeepSetting(name: "volume-made", value: identity))
    }
}

/// The first value stays.
struct KeepSetting: Statement {
    var name: String
    var value: String

    static let sql = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"

    var parameters: [any SQLEncodable] { [name, value] }

    static func decode(_ row: Row) throws {}
}

struct ReadSetting: Statement {
    var name: String

    static let sql = "SELECT value FROM setting WHERE name = $1"

    var parameters: [any SQLEncodable] { [name] }

    static func decode(_ row: Row) throws -> String { try row["value"] }
}
