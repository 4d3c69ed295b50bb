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
        if let password {
            try await set(password)
            return nil
        }
        // Of several first starts at once, one makes the password that counts.
        let made = RandomSecret.password()
        return try await set(made, onlyIfNone: true) ? made : nil
    }

    /// False if there was a password already and `onlyIfNone` is set.
    @discardableResult
    private func set(_ password: String, onlyIfNone: Bool = false) async throws -> Bool {
        let hash = try PasswordHash.make(password)
        let statement = SetAccount(
            name: Self.administrator, password: hash.encoded, role: Role.manager.rawValue, onlyIfNone: onlyIfNone)
        return try await pool.execute(statement) > 0
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
    /// Leave an account that has a password as it is.
    var onlyIfNone: Bool

    static let sql = """
        INSERT INTO account (name, password, role) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET password = excluded.password, role = excluded.role
        WHERE NOT $4::boolean OR account.password IS NULL
        """

    var parameters: [any SQLEncodable] { [name, password, role, onlyIfNone] }

    static func decode(_ row: Row) throws {}
}
