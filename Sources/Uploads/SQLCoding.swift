import Digests
import Foundation
package import Postgres
package import UploadProtocol

extension UploadID: SQLEncodable, SQLDecodable {
    package var sqlText: String? { description }

    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let id = UploadID(uuid: sqlText ?? "") else { throw SQLDecodingError("the text is not an upload id") }
        self = id
    }
}

extension Dialect: SQLEncodable, SQLDecodable {
    package var sqlText: String? { rawValue }

    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let dialect = sqlText.flatMap(Self.init(rawValue:)) else {
            throw SQLDecodingError("the text is not a dialect")
        }
        self = dialect
    }
}

extension UploadStatus.State: SQLDecodable {
    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let state = sqlText.flatMap(Self.init(rawValue:)) else {
            throw SQLDecodingError("the text is not a state of an upload")
        }
        self = state
    }
}

extension ContentDigests {
    /// As they stand in two columns of type bytea.
    init(sha256: [UInt8]?, sha512: [UInt8]?) {
        self.init([sha256.flatMap { Digest(.sha256, $0) }, sha512.flatMap { Digest(.sha512, $0) }].compactMap(\.self))
    }
}
