package import HTTPTypes
import RawStructuredFieldValues

/// Items of RFC 9651 in a request's fields, parsed strictly. What is no such item counts as absent.
///
/// §4.1: "Other values MUST cause the entire header field to be ignored." A field that is needed is then missing, and
/// the request is refused with its name; one that is optional (Upload-Length) says nothing.
extension HTTPFields {
    /// `?0` or `?1`.
    package func structuredBoolean(_ name: HTTPField.Name) -> Bool? {
        guard case .bool(let value) = structuredItem(name) else { return nil }
        return value
    }

    /// A non-negative Integer, at most 15 digits.
    package func structuredInteger(_ name: HTTPField.Name) -> Int64? {
        guard case .integer(let value) = structuredItem(name), value >= 0 else { return nil }
        return value
    }

    /// RFC 9651 §4.2: lines are joined, so a field that is sent twice is no Item. Parameters are allowed and mean
    /// nothing here.
    private func structuredItem(_ name: HTTPField.Name) -> RFC9651BareItem? {
        let lines = self[values: name]
        guard !lines.isEmpty else { return nil }
        var parser = StructuredFieldValueParser(Array(lines.joined(separator: ", ").utf8))
        return (try? parser.parseItemFieldValue())?.rfc9651BareItem
    }
}

/// `?1` or `?0`.
func structured(_ value: Bool) -> String { value ? "?1" : "?0" }
