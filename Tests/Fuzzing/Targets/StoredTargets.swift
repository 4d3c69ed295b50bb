import Content
import Foundation
import Postgres

extension FuzzTarget {
    /// What comes back from the database, where an operator or another program may have written it.
    static let stored: [FuzzTarget] = [
        FuzzTarget("password-hash", like: ["scrypt$16384$8$1$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAA=="]) { text in
            guard let hash = PasswordHash(encoded: text) else { throw Refused() }
            try hold(PasswordHash(encoded: hash.encoded) == hash, "it is written and read back")
            try hold(!"\(hash)".contains("$"), "a hash is not told")
        },
        FuzzTarget("sql-timestamp", like: ["2026-11-22 21:42:29.123456+00", "1999-01-01 00:00:00-03:30", "infinity"]) {
            _ = try Date(sqlText: $0)
        },
        FuzzTarget("sql-bytea", like: ["\\x00ff10", "\\x"]) { text in
            let bytes = try [UInt8](sqlText: text)
            try hold(try [UInt8](sqlText: UInt8.sqlText(of: bytes)) == bytes, "it is written and read back")
        },
        FuzzTarget("sql-array", like: [#"{1,"a \"b\"",NULL}"#, "{}", #"{"\\"}"#]) { text in
            let elements = try [String](sqlText: text)
            try hold(try [String](sqlText: String.sqlText(of: elements)) == elements, "it is written and read back")
        },
        FuzzTarget("sql-number", like: ["1", "-9223372036854775808", "t", "f"]) { text in
            _ = try? Int(sqlText: text)
            _ = try? Bool(sqlText: text)
            _ = try? UUID(sqlText: text)
            _ = try Int64(sqlText: text)
        },
    ]
}
