import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ValueTests {
    private struct Echo<T: SQLEncodable & SQLDecodable, Kind: SQLKind>: Statement {
        static var sql: String { "SELECT $1::\(Kind.name) AS value" }
        let value: T
        var parameters: [any SQLEncodable] { [value] }
        static func decode(_ row: Row) throws -> T { try row["value"] }
    }

    private func roundTrip<T: SQLEncodable & SQLDecodable & Equatable>(
        _ values: [T], as kind: (some SQLKind).Type, _ pool: PostgresPool
    ) async throws {
        func echo<K: SQLKind>(_ value: T, _: K.Type) async throws -> T? {
            try await pool.first(Echo<T, K>(value: value))
        }
        for value in values { #expect(try await echo(value, kind) == value) }
    }

    @Test func everyValueComesBackAsItWent() async throws {
        try await withPool(size: 1) { pool in
            try await roundTrip([0, .min, .max, -1], as: BigInt.self, pool)
            try await roundTrip([Int64.min, .max], as: BigInt.self, pool)
            try await roundTrip([Int32.min, .max], as: Integer.self, pool)
            try await roundTrip([0.1, -0.0, 1e-300, .infinity, -.infinity, .pi], as: DoublePrecision.self, pool)
            try await roundTrip([true, false], as: Boolean.self, pool)
            try await roundTrip(["", "NULL", "a'b\"c\\d", "Füße 🦊\n\t"], as: Text.self, pool)
            try await roundTrip([[], [0, 255, 92, 39], Array(UInt8.min...UInt8.max)], as: Bytea.self, pool)
            try await roundTrip([UUID(), UUID()], as: Identifier.self, pool)
            try await roundTrip([nil, 7 as Int?], as: BigInt.self, pool)
            try await roundTrip([nil, [1, 2] as [UInt8]?], as: Bytea.self, pool)
        }
    }

    @Test func arraysKeepQuotesBackslashesNullUnicodeAndEmptiness() async throws {
        let strings = ["", "NULL", "null", "a,b", "{}", "\"", "\\", "\\\"", " x ", "🦊\n", "a\tb", "ü"]
        try await withPool(size: 1) { pool in
            try await roundTrip([[], strings, [""]], as: TextArray.self, pool)
            try await roundTrip([["a", nil, "NULL"], [nil]] as [[String?]], as: TextArray.self, pool)
            try await roundTrip([[], [Int64.min, 0, .max]], as: BigIntArray.self, pool)
            try await roundTrip([[Date(timeIntervalSince1970: 0.5)]], as: TimestampArray.self, pool)
        }
    }

    @Test func datesKeepMicrosecondsInUTCFromBeforeChristToTheFarFuture() async throws {
        let seconds = [
            0, 0.000001, -0.000001, 1_767_225_599.999999, 951_782_400, -62_135_596_800, -62_200_000_000, 4e10, 3e11,
        ]
        try await withPool(size: 1) { pool in
            for second in seconds {
                let date = Date(timeIntervalSince1970: second)
                let back = try #require(try await pool.first(Echo<Date, Timestamp>(value: date)))
                #expect(abs(back.timeIntervalSince(date)) < 0.000_000_6 || second > 1e10)
                #expect(back.sqlText == date.sqlText)
            }
            struct Epoch: Statement {
                static let sql = "SELECT extract(epoch FROM $1::timestamptz)::text AS value"
                let date: Date
                var parameters: [any SQLEncodable] { [date] }
                static func decode(_ row: Row) throws -> String { try row["value"] }
            }
            #expect(
                try await pool.first(Epoch(date: Date(timeIntervalSince1970: 1_767_225_599.999999)))
                    == "1767225599.999999")
        }
    }

    @Test func aDateTextWithAnotherOffsetIsTheSameInstant() throws {
        let utc = try Date(sqlText: "2026-02-28 23:30:00.5+00")
        #expect(try Date(sqlText: "2026-03-01 05:00:00.5+05:30") == utc)
        #expect(try Date(sqlText: "2026-02-28 20:30:00.5-03") == utc)
    }

    @Test(arguments: [
        "infinity", "2026-01-01", "2026-01-01 00:00:00", "2026-01-01 00:00:00+00 AD", "x", "",
        "2026-01-01 00:00:00.+00",
    ])
    func aTextThatIsNoInstantIsRefused(text: String) {
        #expect(throws: SQLDecodingError.self) { try Date(sqlText: text) }
    }

    @Test(arguments: ["", "{", "}", "{a", "{a}b", "{\"a}", "{a,}", "{{a},{b}}", "[0:1]={a,b}", "{,}"])
    func aMalformedOrNestedArrayIsRefused(text: String) {
        #expect(throws: SQLDecodingError.self) { try [String](sqlText: text) }
    }

    @Test(arguments: ["", "\\x0", "\\xzz", "00", "\\000"])
    func aMalformedByteaIsRefused(text: String) {
        #expect(throws: SQLDecodingError.self) { try [UInt8](sqlText: text) }
    }

    @Test func anEnumGoesByItsRawValue() async throws {
        try await withPool(size: 1) { pool in
            try await roundTrip([Phase.open, .done], as: Text.self, pool)
        }
        #expect(throws: SQLDecodingError.self) { try Phase(sqlText: "shut") }
    }
}

private enum Phase: String, SQLEncodable, SQLDecodable { case open, done }

protocol SQLKind { static var name: String { get } }
enum BigInt: SQLKind { static let name = "bigint" }
enum Integer: SQLKind { static let name = "integer" }
enum DoublePrecision: SQLKind { static let name = "double precision" }
enum Boolean: SQLKind { static let name = "boolean" }
enum Text: SQLKind { static let name = "text" }
enum Bytea: SQLKind { static let name = "bytea" }
enum Identifier: SQLKind { static let name = "uuid" }
enum Timestamp: SQLKind { static let name = "timestamptz" }
enum TextArray: SQLKind { static let name = "text[]" }
enum BigIntArray: SQLKind { static let name = "bigint[]" }
enum TimestampArray: SQLKind { static let name = "timestamptz[]" }
