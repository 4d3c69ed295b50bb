import Logging

/// One line of the log as bytes, with its line feed. Whatever stands in a message or a value, a line stays one line,
/// its fields stay what they are, and a terminal shows it without acting on it.
enum LogLine {
    /// `{"time":…,"level":…,"label":…,"message":…}` and the metadata behind it by their names; numbers as numbers.
    static func json(
        _ time: String, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> [UInt8] {
        var line = #"{"time":"\#(time)","level":"\#(level.rawValue)","label":"#
        line += quoted(label, escape: jsonEscape)
        line += #","message":"#
        line += quoted(Redaction.redacted(message), escape: jsonEscape)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            // A name of ours is never said twice.
            let name = ["time", "level", "label", "message"].contains(key) ? key + "_" : key
            line += ",\(quoted(name, escape: jsonEscape)):"
            line += number(value) ?? quoted(Redaction.redacted(value.description), escape: jsonEscape)
        }
        return Array((line + "}\n").utf8)
    }

    /// `<time> <level> <label>: <message> key=value …`, with quotes where a value is not a plain word.
    static func text(
        _ time: String, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(512)
        line += "\(time) \(level.rawValue) \(label): ".utf8
        line += escaped(Redaction.redacted(message), textEscape).utf8
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: " "))
            append(key, to: &line)
            line.append(UInt8(ascii: "="))
            append(value.description, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// A word that needs neither quotes nor redaction, as most are, is looked at once.
    private static func append(_ text: String, to line: inout [UInt8]) {
        var text = text
        let isDone = text.withUTF8 { bytes in
            guard !bytes.isEmpty, bytes.allSatisfy({ isPlain($0) && $0 != UInt8(ascii: ":") }) else { return false }
            line += bytes
            return true
        }
        if !isDone { line += word(Redaction.redacted(text)).utf8 }
    }

    private static func number(_ value: Logger.Metadata.Value) -> String? {
        guard case .stringConvertible(let value) = value else { return nil }
        if let value = value as? any BinaryInteger { return "\(value)" }
        guard let value = value as? Double, value.isFinite else { return nil }
        return "\(value)"
    }

    /// A value that is one word stays as it is.
    private static func word(_ text: String) -> String {
        !text.isEmpty && text.utf8.allSatisfy(isPlain) ? text : quoted(text, escape: textEscape)
    }

    /// A visible character of ASCII but `"`, `=` and `\`.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x3D && byte != 0x5C
    }

    private static func quoted(_ text: String, escape: (Unicode.Scalar) -> String) -> String {
        "\"\(escaped(text, but: #""\"#, escape))\""
    }

    /// - Parameter special: what is escaped as well.
    private static func escaped(
        _ text: String, but special: String = "", _ escape: (Unicode.Scalar) -> String
    ) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && !special.utf8.contains($0) }
        if isPlain { return text }
        return text.unicodeScalars.map { scalar in
            isHarmless(scalar) && !special.unicodeScalars.contains(scalar) ? String(scalar) : escape(scalar)
        }.joined()
    }

    /// Neither ends a line, nor steers a terminal, nor turns the direction of the text.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: return false
        default: return true
        }
    }

    /// RFC 8259 §7; beyond the first plane as a surrogate pair.
    private static func jsonEscape(_ scalar: Unicode.Scalar) -> String {
        if let short = shortEscape(scalar) { return short }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private static func textEscape(_ scalar: Unicode.Scalar) -> String {
        shortEscape(scalar) ?? "\\u{\(String(scalar.value, radix: 16))}"
    }

    private static func shortEscape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "\"": #"\""#
        case "\\": #"\\"#
        case "\n": #"\n"#
        case "\r": #"\r"#
        case "\t": #"\t"#
        default: nil
        }
    }
}
