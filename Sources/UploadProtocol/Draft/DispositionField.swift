import HTTPTypes

/// The filename that a creation gives by Content-Disposition (RFC 6266), for which the draft recommends `inline`.
enum DispositionField {
    /// Longest accepted value, bytes.
    static let maximumBytes = 4096

    /// The part behind the last `/` or `\` of `filename*`, else of `filename`; `nil` if the field gives none.
    ///
    /// RFC 6266 §4.3: "recipients SHOULD pick filename* and ignore filename" where both are there and understood.
    /// Throws 400 for a field that is malformed or sent twice, and for a name that no file can have.
    static func filename(_ fields: HTTPFields) throws(Problem) -> String? {
        let values = fields[values: .contentDisposition]
        guard let value = values.first else { return nil }
        guard values.count == 1, value.utf8.count <= maximumBytes, let parameters = parameters(value) else {
            throw .missing(.contentDisposition, expected: "such as inline; filename=\"a.txt\"")
        }
        guard let name = try extended(parameters["filename*"]) ?? parameters["filename"] else { return nil }
        do {
            return try Filename.basename(name)
        } catch {
            throw .missing(.contentDisposition, expected: "a filename: \(error.reason)")
        }
    }

    /// The parameters behind the disposition type, by name in lower case; `nil` unless the grammar holds and no name
    /// comes twice.
    private static func parameters(_ value: String) -> [String: String]? {
        var scanner = ParameterScanner(trimmingOWS(value))
        guard scanner.token() != nil else { return nil }
        var parameters: [String: String] = [:]
        while scanner.separator() {
            guard let name = scanner.token() else { continue }
            guard scanner.take("="), let value = scanner.quotedString() ?? scanner.token(),
                parameters.updateValue(value, forKey: name.lowercased()) == nil
            else { return nil }
        }
        return scanner.isAtEnd ? parameters : nil
    }

    /// `UTF-8''na%C3%AFve.txt` (RFC 8187 §3.2); ISO-8859-1 as well, which older clients send.
    private static func extended(_ value: String?) throws(Problem) -> String? {
        guard let value else { return nil }
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = percentDecoded(parts[2]) else { throw malformedExtended }
        switch parts[0].lowercased() {
        case "utf-8":
            guard let text = String(validating: bytes, as: UTF8.self) else { throw malformedExtended }
            return text
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: throw malformedExtended
        }
    }

    private static var malformedExtended: Problem {
        .missing(.contentDisposition, expected: "filename* such as UTF-8''a%20b.txt")
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let high = HexDigit.value(of: rest.removeFirst()),
                let low = HexDigit.value(of: rest.removeFirst())
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
