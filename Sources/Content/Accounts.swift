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

    /// All accounts, by name.
    package func list() async throws -> [Account] {
        try await pool.query(ListAccounts())
    }

    /// False if there is one of that name. Throws `BadRequest` for a name or a password that cannot be.
    package func add(_ name: String, password: String, role: Role?) async throws -> Bool {
        let isPlain =
            (1...255).contains(name.unicodeScalars.count)
            && !name.unicodeScalars.contains {
                $0 == ":" || $0 == "/" || $0.properties.generalCategory == .control
            }
        guard isPlain else {
            throw BadRequest(
                "the name of an account has 1 to 255 characters, and no colon, slash or control character")
        }
        let hash = try PasswordHash.make(password)
        return try await pool.execute(
            AddAccount(name: name, password: hash.encoded, role: role?.rawValue)) > 0
    }

    /// False if there is none.
    package func remove(_ name: String) async throws -> Bool {
        try await pool.execute(RemoveAccount(name: name)) > 0
    }

    /// False if there is no such account. Throws `BadRequest` for a password that cannot be.
    package func setPassword(_ password: String, of name: String) async throws -> Bool {
        try await pool.execute(
            SetPassword(name: name, password: try PasswordHash.make(password).encoded)) > 0
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

    static func decode(_ row: Row) throws -> Accounts.Account { try Accounts.Account(row: row) }
}

struct ListAccounts: Statement {
    static let sql = "SELECT name, password, role FROM account ORDER BY name"

    static func decode(_ row: Row) throws -> Accounts.Account { try Accounts.Account(row: row) }
}

extension Accounts.Account {
    fileprivate init(row: Row) throws {
        let password: String? = try row["password"]
        let role: String? = try row["role"]
        self.init(
            name: try row["name"], password: password.flatMap(PasswordHash.init(encoded:)),
            role: role.flatMap(Role.init(rawValue:)))
    }
}

struct AddAccount: Statement {
    var name: String
    var password: String
    var role: String?

    static let sql =
        "INSERT INTO account (name, password, role) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"

    var parameters: [any SQLEncodable] { [name, password, role] }

    static func decode(_ row: Row) throws {}
}

struct RemoveAccount: Statement {
    var name: String

    static let sql = "DELETE FROM account WHERE name = $1"

    var parameters: [any SQLEncodable] { [name] }

    static func decode(_ row: Row) throws {}
}

struct SetPassword: Statement {
    var name: String
    var password: String

    static let sql = "UPDATE account SET password = $2 WHERE name = $1"

    var parameters: [any SQLEncodable] { [name, password] }

    static func decode(_ row: Row) throws {}
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
