import Foundation
package import Postgres

/// Names, passwords and roles.
package struct Accounts: Sendable {
    /// The account that exists from the first start on, with role Manager.
    package static let administrator = "admin"

    let pool: PostgresPool

    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package struct Account: Sendable, Equatable {
        package var name: String
        package var password: PasswordHash?
        package var role: Role?
    }

    package func find(_ name: String) async throws -> Account? {
        try await pool.first(FindAccount(name: name))
    }

    /// Makes the administrator's account, or sets its password when one is given.
    ///
    /// Blocks for the scrypt of one password: for commands and for the start of a process.
    /// - Returns: the password that was made up, when there was no account and none was given.
    package func ensureAdministrator(password: String?) async throws -> String? {
        let existing = try await find(Self.administrator)
        if let existing, existing.password != nil {
            guard let password, existing.password?.verify(password) != true else { return nil }
            try await set(password)
            return nil
        }
        let chosen = password ?? RandomSecret.password()
        try await set(chosen)
        return password == nil ? chosen : nil
    }

    private func set(_ password: String) async throws {
        let hash = try PasswordHash.make(password)
        try await pool.execute(
            SetAccount(name: Self.administrator, password: hash.encoded, role: Role.manager.rawValue))
    }
}

struct FindAccount: Statement {
    var name: String

    static let sql = "SELECT name, password, role FROM account WHERE name = $1"

    var parameters: [any SQLEncodable] { [name] }

    static func decode(_ row: Row) throws -> Accounts.Account {
        let password: String? = try row["password"]
        let role: String? = try row["role"]
        return Accounts.Account(
            name: try row["name"], password: password.flatMap(PasswordHash.init(encoded:)),
            role: role.flatMap(Role.init(rawValue:)))
    }
}

struct SetAccount: Statement {
    var name: String
    var password: String
    var role: String

    static let sql = """
        INSERT INTO account (name, password, role) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET password = excluded.password, role = excluded.role
        """

    var parameters: [any SQLEncodable] { [name, password, role] }

    static func decode(_ row: Row) throws {}
}
