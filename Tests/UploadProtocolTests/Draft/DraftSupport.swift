import HTTPTypes
import UploadProtocol

/// The problem that `body` throws, or `nil`.
func problem<T>(_ body: () throws(Problem) -> T) -> Problem? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// The fields of a good creation of 30 bytes, with one changed: `nil` takes it out.
func draftCreation(_ name: HTTPField.Name? = nil, _ value: String? = nil) -> HTTPFields {
    var fields: HTTPFields = [
        .uploadComplete: "?1", .contentLength: "30", .contentType: "text/plain",
        .contentDisposition: "inline; filename=\"a.txt\"",
    ]
    if let name { fields[name] = value }
    return fields
}

/// The fields of a good append of 30 bytes at 70, with one changed: `nil` takes it out.
func draftAppend(_ name: HTTPField.Name? = nil, _ value: String? = nil) -> HTTPFields {
    var fields: HTTPFields = [
        .contentType: "application/partial-upload", .uploadOffset: "70", .uploadComplete: "?0", .contentLength: "30",
    ]
    if let name { fields[name] = value }
    return fields
}

/// What is no Boolean of RFC 9651.
let malformedBooleans = ["", "1", "true", "?2", "?", "?1?", "? 1", "?1, ?1", "\"?1\"", "?01", "?1;", "?1; A=1"]

/// What is no non-negative Integer of RFC 9651.
let malformedStructuredIntegers = [
    "", "-1", "+1", "1.0", "1e3", "0x10", "1 2", "1, 1", "1,1", "one", "1;", "1000000000000000", "\"1\"", "?1",
    ":MQ==:",
]
