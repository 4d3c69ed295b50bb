package import Foundation

/// PostgreSQL's `uuid`.
extension UUID: SQLEncodable, SQLDecodable {
    package var sqlText: String? { uuidString }

    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let uuid = sqlText.flatMap(UUID.init(uuidString:)) else {
            throw .mismatch(Self.self, sqlText)
        }
        self = uuid
    }
}
