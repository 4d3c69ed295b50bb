import Content
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct AuthenticatorTests {
    private static func account(
        _ database: MigratedDatabase, name: String = "ann", password: String, role: String = "Reader"
    ) async throws {
        let hash = try PasswordHash.make(password).encoded
        try await database.script(
            """
            INSERT INTO account (name, password, role) VALUES ('\(name)', '\(hash)', '\(role)')
            ON CONFLICT (name) DO UPDATE SET password = excluded.password, role = excluded.role
            """)
    }

    private static func credentials(_ user: String, _ password: String) -> String {
        "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
    }

    @Test func theRightPasswordGivesNameAndRole() async throws {
        try await MigratedDatabase.with { database in
            try await Self.account(database, password: "open sesame")
            let authenticator = Authenticator(accounts: Accounts(pool: database.pool))
            let principal = try await authenticator.principal(authorization: Self.credentials("ann", "open sesame"))
            #expect(principal == Principal(name: "ann", role: .reader))
        }
    }

    @Test func aWrongPasswordAnUnknownNameAndAnAccountWithoutPasswordGiveNobody() async throws {
        try await MigratedDatabase.with { database in
            try await Self.account(database, password: "open sesame")
            try await database.script("INSERT INTO account (name, role) VALUES ('robot', 'Manager')")
            let authenticator = Authenticator(accounts: Accounts(pool: database.pool))
            for (user, password) in [
                ("ann", "open"), ("ann", ""), ("ben", "open sesame"), ("robot", ""), ("robot", "x"), ("", ""),
            ] {
                #expect(try await authenticator.principal(authorization: Self.credentials(user, password)) == nil)
            }
        }
    }

    @Test func whatWasVerifiedIsRememberedWithoutAskingTheDatabase() async throws {
        try await MigratedDatabase.with { database in
            try await Self.account(database, password: "open sesame", role: "Reader")
            let authenticator = Authenticator(accounts: Accounts(pool: database.pool))
            let credentials = Self.credentials("ann", "open sesame")
            _ = try await authenticator.principal(authorization: credentials)
            try await Self.account(database, password: "changed", role: "Editor")
            #expect(try await authenticator.principal(authorization: credentials)?.role == .reader)
            await database.pool.close()
            #expect(try await authenticator.principal(authorization: credentials)?.role == .reader)
        }
    }

    @Test func aWrongPasswordIsNeverRemembered() async throws {
        try await MigratedDatabase.with { database in
            try await Self.account(database, password: "old")
            let authenticator = Authenticator(accounts: Accounts(pool: database.pool))
            let credentials = Self.credentials("ann", "new")
            #expect(try await authenticator.principal(authorization: credentials) == nil)
            try await Self.account(database, password: "new")
            #expect(try await authenticator.principal(authorization: credentials)?.name == "ann")
        }
    }

    @Test func rememberedCredentialsOpenNoOtherAccount() async throws {
        try await MigratedDatabase.with { database in
            try await Self.account(database, password: "b:secret")
            try await Self.account(database, name: "bob", password: "other")
            let authenticator = Authenticator(accounts: Accounts(pool: database.pool))
            #expect(try await authenticator.principal(authorization: Self.credentials("ann", "b:secret")) != nil)
            #expect(try await authenticator.principal(authorization: Self.credentials("annb", ":secret")) == nil)
            #expect(try await authenticator.principal(authorization: Self.credentials("bob", "b:secret")) == nil)
        }
    }

    @Test func requestsThatComeTogetherAreVerifiedOnce() async throws {
        try await MigratedDatabase.with(poolSize: 6) { database in
            try await Self.account(database, password: "open sesame")
            let pool = database.anotherPool(size: 6, name: "authenticator")
            let authenticator = Authenticator(accounts: Accounts(pool: pool))
            let credentials = Self.credentials("ann", "open sesame")
            let gate = database.anotherPool(size: 1)
            let waiting = try await gate.withTransaction { connection in
                try await connection.executeScript("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
                let waiting = (0..<20).map { _ in
                    Task { try await authenticator.principal(authorization: credentials) }
                }
                try await eventually("one look at the account waits") {
                    try await database.value(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE application_name = 'authenticator' AND wait_event_type = 'Lock'
                        """) == "1"
                }
                #expect(pool.figures.leased == 1)
                return waiting
            }
            for task in waiting { #expect(try await task.value?.name == "ann") }
            await gate.close()
            await pool.close()
        }
    }

    @Test func withoutADatabaseItIsNobodysFault() async throws {
        try await MigratedDatabase.with { database in
            let pool = database.anotherPool()
            await pool.close()
            let authenticator = Authenticator(accounts: Accounts(pool: pool))
            let credentials = Self.credentials("ann", "x")
            for _ in 0..<2 {
                let error = await #expect(throws: PostgresError.self) {
                    try await authenticator.principal(authorization: credentials)
                }
                #expect(error?.isUnavailable == true)
            }
        }
    }
}
