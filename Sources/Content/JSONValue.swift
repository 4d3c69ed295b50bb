/// JSON as a value, written the same way every time: sorted keys, indented by 2, slashes as they are.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Int64)
    /// What is no number (JSON has no infinity) is written as null.
    case decimal(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The document in UTF-8, without a newline at the end; like Python's `json.dumps(…, indent=2, sort_keys=True)`
    /// (which plone.restapi uses), but with non-ASCII text unescaped.
    package var text: String {
        var output = ""
        write(to: &output, indent: "\n")
        return output
    }

    /// The same on one line.
    package var line: String { text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ") }

    /// A string or, for nil, null.
    package static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    /// A number or, for nil, null.
    package static func optional(_ number: Double?) -> JSONValue { number.map(JSONValue.decimal) ?? .null }

    private func write(to output: inout String, indent: String) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .number(let value): output += String(value)
        case .decimal(let value): output += value.isFinite ? "\(value)" : "null"
        case .string(let value): Self.write(value, to: &output)
        case .array(let values):
            Self.write(values, in: ("[", "]"), to: &output, indent: indent) { value, output, indent in
                value.write(to: &output, indent: indent)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            Self.write(sorted, in: ("{", "}"), to: &output, indent: indent) { member, output, indent in
                Self.write(member.key, to: &output)
                output += ": "
                member.value.write(to: &output, indent: indent)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], in brackets: (String, String), to output: inout String, indent: String,
        each: (Element, inout String, String) -> Void
    ) {
        output += brackets.0
        let inner = indent + "  "
        for (index, element) in elements.enumerated() {
            output += index == 0 ? inner : "," + inner
            each(element, &output, inner)
        }
        output += (elements.isEmpty ? "" : indent) + brackets.1
    }

    /// RFC 8259 §7: quote, backslash and control characters must be escaped, nothing else.
    private static func write(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{0}"..."\u{1F}":
                let code = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .number(value) }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Of a key given twice the later value holds.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, later in later })
    }
}
