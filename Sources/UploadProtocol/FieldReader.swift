import HTTPTypes

/// How this module reads a request's fields: always all lines of a name, never the joined convenience.
extension HTTPFields {
    /// The value of a field that may stand once, without the white space around it (RFC 9110 §5.5).
    ///
    /// Returns `nil` if the field is absent. Throws `invalidHeader` if it is there twice: two intermediaries could
    /// pick different ones (RFC 9110 §5.3).
    func single(_ name: HTTPField.Name) throws(TusError) -> String? {
        let values = self[values: name]
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw .invalidHeader(name, "it must be sent once") }
        return trimmingOWS(value)
    }

    /// The bytes that a field counts, 0 … 2^63-1; `nil` if the field is absent.
    ///
    /// tus, Upload-Offset and Upload-Length: "The value MUST be a non-negative integer."
    /// Throws `invalidHeader` for all else: signs, spaces, lists, overflow, a field sent twice.
    func byteCount(_ name: HTTPField.Name) throws(TusError) -> Int64? {
        guard let text = try single(name) else { return nil }
        guard let number = decimalInteger(text) else {
            throw .invalidHeader(name, "expected a non-negative integer, got \(quoted(text))")
        }
        return number
    }

    /// As `byteCount`, but absence is an error too.
    func requiredByteCount(_ name: HTTPField.Name) throws(TusError) -> Int64 {
        guard let number = try byteCount(name) else {
            throw .invalidHeader(name, "expected a non-negative integer")
        }
        return number
    }
}

/// One or more ASCII digits and nothing else, read as 0 … 2^63-1; leading zeros are allowed. `nil` otherwise.
func decimalInteger(_ text: some StringProtocol) -> Int64? {
    guard !text.isEmpty else { return nil }
    var number: Int64 = 0
    for byte in text.utf8 {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        let (shifted, tooLarge) = number.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = shifted.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
        guard !tooLarge, !overflow else { return nil }
        number = sum
    }
    return number
}

/// Cuts off optional white space, that is spaces and tabs and nothing else (RFC 9110 §5.6.3).
func trimmingOWS(_ text: some StringProtocol) -> String {
    let isOWS: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let bytes = Array(text.utf8)
    guard let first = bytes.firstIndex(where: { !isOWS($0) }), let last = bytes.lastIndex(where: { !isOWS($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
}
