/// One row of a result; it shares the result's memory and may be kept and sent between tasks.
package struct Row: Sendable {
    let result: QueryResult
    let index: Int32

    /// The value of a column by its name in the result, exact case.
    ///
    /// Throws `PostgresError` with code `.decoding` that names column, value (at most 64 characters) and type when
    /// there is no such column or its text is no `T`. NULL needs an optional `T`.
    package subscript<T: SQLDecodable>(_ column: String) -> T {
        get throws {
            guard let position = result.position(of: column) else {
                let known = result.columns.sorted().joined(separator: ", ")
                throw PostgresError(.decoding, "there is no column \"\(column)\"; the row has: \(known)")
            }
            let text = result.text(row: index, column: position)
            do {
                return try T(sqlText: text)
            } catch {
                let value = text.map { "'\($0.prefix(64))'" } ?? "NULL"
                throw PostgresError(
                    .decoding, "column \"\(column)\" does not decode as \(T.self): \(value): \(error.reason)",
                    cause: error
                )
            }
        }
    }
}
