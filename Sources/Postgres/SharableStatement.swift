/// A statement that several callers can send as one: what it is given stands in the columns of a table `given`, which
/// has one row for each of them.
///
/// Its SQL returns at most one row for each, with `given_number` from `given`.
package protocol SharableStatement: Statement {
    /// The columns of `given` beside `given_number`, with their types, in the order of the parameters. Their names are
    /// unlike those of any table's.
    static var given: KeyValuePairs<String, String> { get }
    /// - Parameter given: what stands behind FROM for the table `given`.
    static func sql(given: String) -> String
    /// Statements with the same key are never sent as one: they change the same row.
    var sharingKey: String { get }
}

extension SharableStatement {
    package static var sql: String {
        let columns = given.enumerated().map { "$\($0.offset + 1)::\($0.element.value) AS \($0.element.key)" }
        return sql(given: "(SELECT 1 AS given_number, \(columns.joined(separator: ", "))) AS given")
    }
}

/// The same statement for several callers.
package struct Together<Single: SharableStatement>: Statement {
    let statements: [Single]

    package static var sql: String {
        let arrays = Single.given.enumerated().map { "$\($0.offset + 1)::\($0.element.value)[]" }
        let names = Single.given.map(\.key) + ["given_number"]
        return Single.sql(
            given:
                "unnest(\(arrays.joined(separator: ", "))) WITH ORDINALITY AS given(\(names.joined(separator: ", ")))")
    }

    package var parameters: [any SQLEncodable] {
        let rows = statements.map { $0.parameters.map { $0.sqlText } }
        return Single.given.indices.map { column in
            let position = Single.given.distance(from: Single.given.startIndex, to: column)
            return rows.map { $0[position] }
        }
    }

    /// Whose row it is, from 1.
    package static func decode(_ row: Row) throws -> (number: Int, output: Single.Output) {
        (try row["given_number"], try Single.decode(row))
    }
}

extension SharedStatement where Question: SharableStatement, Answer == Question.Output? {
    /// For statements whose row, if they change or make one, is the answer.
    ///
    /// When the server refuses what was sent as one, it is sent again one by one: so a refusal is told to whom it
    /// concerns alone.
    package convenience init(_ pool: PostgresPool) {
        self.init { statements in await pool.results(of: statements) }
    }
}

extension PostgresPool {
    fileprivate func result<S: SharableStatement>(of statement: S) async -> Result<S.Output?, any Error> {
        do { return .success(try await first(statement)) } catch { return .failure(error) }
    }

    /// What became of each, in their order, in one statement as far as they may share one; see above for what is
    /// refused.
    package func results<S: SharableStatement>(of statements: [S]) async -> [Result<S.Output?, any Error>] {
        if statements.count == 1 { return [await result(of: statements[0])] }
        var keys: Set<String> = []
        let chosen = statements.indices.filter { keys.insert(statements[$0].sharingKey).inserted }
        var results = [Result<S.Output?, any Error>?](repeating: nil, count: statements.count)
        do {
            let rows = try await query(Together(statements: chosen.map { statements[$0] }))
            for index in chosen { results[index] = .success(nil) }
            for (number, output) in rows { results[chosen[number - 1]] = .success(output) }
        } catch {
            let isRefused = (error as? PostgresError)?.code == .server
            if !isRefused { for index in chosen { results[index] = .failure(error) } }
        }
        var all: [Result<S.Output?, any Error>] = []
        for (index, result) in results.enumerated() {
            if let result { all.append(result) } else { all.append(await self.result(of: statements[index])) }
        }
        return all
    }
}
