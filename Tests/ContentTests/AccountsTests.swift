import Content
import Postgres
import TestSupport
import Testing

@Suite struct AccountsTests {
    @Test func theAdministratorIsMadeOnceWithAPasswordThatIsToldOnce() async throws {
        try await MigratedDatabase.with { database in
            let accounts = Accounts(pool: database.pool)
            #expect(try await accounts.find(Accounts.administrator) == nil)
            let password = try #require(try await accounts.ensureAdministrator(password: nil))
            let made = try #require(try await accounts.find(Accounts.administrator))
            #expect(made.role == .manager && made.password?.verify(password) == true)
            #expect(try await accounts.ensureAdministrator(password: nil) == nil)
            #expect(try await accounts.find(Accounts.administrator) == made)
        }
    }

    @Test func aPasswordThatIsGivenIsSetAndNotToldAgain() async throws {
        try await MigratedDatabase.with { database in
            let accounts = Accounts(pool: database.pool)
            #expect(try await accounts.ensureAdministrator(password: "first") == nil)
            let first = try #require(try await accounts.find(Accounts.administrator))
            #expect(first.password?.verify("first") == true)
            #expect(try await accounts.ensureAdministrator(password: "second") == nil)
            let second = try #require(try await accounts.find(Accounts.administrator))
            #expect(second.password?.verify("second") == true && second.password?.verify("first") == false)
        }
    }

    @Test func theSamePasswordIsNotHashedAgain() async throws {
        try await MigratedDatabase.with { database in
            let accounts = Accounts(pool: database.pool)
            _ = try await accounts.ensureAdministrator(password: "same")
            let before = try await accounts.find(Accounts.administrator)
            _ = try await accounts.ensureAdministrator(password: "same")
            #expect(try await accounts.find(Accounts.administrator) == before)
        }
    }

    @Test func anAdministratorWithoutAPasswordGetsOne() async throws {
        try await MigratedDatabase.with { database in
            try await database.script("INSERT INTO account (name) VALUES ('admin')")
            let accounts = Accounts(pool: database.pool)
            let password = try #require(try await accounts.ensureAdministrator(password: nil))
            let account = try await accounts.find(Accounts.administrator)
            #expect(account?.role == .manager && account?.password?.verify(password) == true)
        }
    }

    @Test func aPasswordThatIsNoneIsRefused() async throws {
        try await MigratedDatabase.with { database in
            let accounts = Accounts(pool: database.pool)
            await #expect(throws: BadRequest.self) { try await accounts.ensureAdministrator(password: "") }
            let account = try await accounts.find(Accounts.administrator)
            #expect(account == nil)
        }
    }

    /// Two processes may start at once: what was told to a person must be the password.
    @Test func everyPasswordThatIsToldIsTheRightOne() async throws {
        try await MigratedDatabase.with { database in
            let accounts = Accounts(pool: database.pool)
            let told = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<4 { group.addTask { try await accounts.ensureAdministrator(password: nil) } }
                return try await group.reduce(into: [String]()) { if let password = $1 { $0.append(password) } }
            }
            let hash = try #require(try await accounts.find(Accounts.administrator)?.password)
            #expect(!told.isEmpty && told.allSatisfy { hash.verify($0) })
        }
    }
}
