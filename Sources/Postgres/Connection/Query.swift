import Synchronization

extension PostgresConnection {
    /// Runs the statement and decodes its rows; throws `PostgresError` with the statement's name.
    package func query<S: Statement>(_ statement: S) async throws -> [S.Output] {
        let rows = try await run(statement).rows
        return try naming(S.self) { try rows.map(S.decode) }
    }

    /// As `query`, the first row only; nil when there is none.
    package func first<S: Statement>(_ statement: S) async throws -> S.Output? {
        let row = try await run(statement).rows.first
        return try naming(S.self) { try row.map(S.decode) }
    }

    /// Runs the statement and returns the number of rows that it affected (or returned).
    @discardableResult
    package func execute<S: Statement>(_ statement: S) async throws -> Int {
        try await run(statement).rowsAffected
    }

    /// Runs any number of statements separated by semicolons, by the simple protocol: one transaction unless the script
    /// has its own. For migrations and session settings; the text must not hold values from outside.
    package func executeScript(_ sql: String) async throws {
        _ = try await script(sql)
    }

    /// Sends a notification on a channel: at once, or with the commit of the transaction. At most 7999 bytes of
    /// payload.
    package func notify(channel: String, payload: String) async throws {
        try await execute(Notify(channel: channel, payload: payload))
    }

    func script(_ sql: String, isCancellable: Bool = true, hasEffect: Bool = true) async throws -> QueryResult {
        try Self.refuseNul(sql, "the script")
        return try await exchange(isCancellable: isCancellable, hasEffect: hasEffect) { $0.sendScript(sql) }
    }

    private func run<S: Statement>(_ statement: S) async throws -> QueryResult {
        try await naming(S.self) {
            let parameters = statement.parameters.map { $0.sqlText }
            for (index, text) in parameters.enumerated() { try Self.refuseNul(text ?? "", "parameter $\(index + 1)") }
            let (name, isFresh) = try await prepare(S.self)
            do {
                return try await exchange { $0.sendPrepared(name, parameters) }
            } catch let error as PostgresError where !isFresh && error.saysPlanIsStale {
                let isOver = forget(S.self)
                guard isOver else { throw error }
            }
            let renewed = try await prepare(S.self).name
            return try await exchange { $0.sendPrepared(renewed, parameters) }
        }
    }

    private func prepare<S: Statement>(_: S.Type) async throws -> (name: String, isFresh: Bool) {
        let key = ObjectIdentifier(S.self)
        if let name = session.withLock({ $0.prepared[key] }) { return (name, false) }
        // The server looks at the first 63 bytes only; the number keeps long names and second attempts apart.
        let number = session.withLock { session in
            session.preparedCount += 1
            return session.preparedCount
        }
        let name = "\(String(describing: S.self).prefix(24))_\(number)"
        _ = try await exchange(hasEffect: false) { $0.sendPrepare(name, S.sql) }
        session.withLock { $0.prepared[key] = name }
        return (name, true)
    }

    /// True when the statement may be repeated at once: it failed on its own, not within a transaction.
    private func forget<S: Statement>(_: S.Type) -> Bool {
        session.withLock { session in
            session.prepared[ObjectIdentifier(S.self)] = nil
            return session.libpq.isIdle
        }
    }

    /// libpq takes C strings, so a NUL would silently cut the value off; the server would answer 22021.
    private static func refuseNul(_ text: String, _ what: String) throws {
        guard text.utf8.contains(0) else { return }
        throw PostgresError(.server, "\(what) contains U+0000, which PostgreSQL cannot store", sqlState: "22021")
    }

    private func naming<S: Statement, R>(_: S.Type, _ body: () throws -> R) throws -> R {
        do { return try body() } catch { throw Self.named(error, S.displayName) }
    }

    private func naming<S: Statement, R>(_: S.Type, _ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch { throw Self.named(error, S.displayName) }
    }

    private static func named(_ error: any Error, _ statement: String) -> any Error {
        guard var error = error as? PostgresError else { return error }
        error.statement = error.statement ?? statement
        return error
    }
}

extension PostgresError {
    /// invalid_sql_statement_name, or feature_not_supported: "cached plan must not change result type".
    fileprivate var saysPlanIsStale: Bool { sqlState == "26000" || sqlState == "0A000" }
}

private struct Notify: Statement {
    static let sql = "SELECT pg_notify($1, $2)"
    typealias Output = Void
    let channel: String, payload: String
    var parameters: [any SQLEncodable] { [channel, payload] }
}
