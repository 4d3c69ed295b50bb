import HTTPTypes

/// One parser under garbage: samples to begin with, and what must hold of whatever it makes of its input.
///
/// An error that the body throws means that the parser refused the input, which is fine; a `Violation` is a finding, as
/// are a crash and a hang. To fuzz another parser, add a line to `FuzzTarget.all`.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    package let name: String
    package let samples: [[UInt8]]
    package let body: @Sendable ([UInt8]) throws -> Void

    package var description: String { name }

    /// A parser of bytes.
    init(_ name: String, bytes samples: [[UInt8]], _ body: @escaping @Sendable ([UInt8]) throws -> Void) {
        (self.name, self.samples, self.body) = (name, samples, body)
    }

    /// A parser of text; bytes that are not UTF-8 are repaired, as the server does with a header.
    init(_ name: String, like samples: [String], _ body: @escaping @Sendable (String) throws -> Void) {
        self.init(name, bytes: samples.map { Array($0.utf8) }) { try body(String(decoding: $0, as: UTF8.self)) }
    }

    /// A parser of header fields, written as lines `Name: value`.
    init(_ name: String, fields samples: [String], _ body: @escaping @Sendable (HTTPFields) throws -> Void) {
        self.init(name, like: samples) { try body(Self.fields($0)) }
    }

    /// Lines without a proper name are left out: the server's HTTP parser would not let them through.
    static func fields(_ text: String) -> HTTPFields {
        var fields = HTTPFields()
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = HTTPField.Name(String(decoding: parts[0], as: UTF8.self)) else {
                continue
            }
            fields.append(HTTPField(name: name, value: String(decoding: parts[1], as: UTF8.self)))
        }
        return fields
    }
}

/// Something that must hold and did not.
package struct Violation: Error, CustomStringConvertible {
    package var description: String
}

/// Throws a `Violation` unless it holds.
func hold(_ condition: Bool, _ claim: @autoclosure () -> String) throws {
    if !condition { throw Violation(description: claim()) }
}

extension String {
    /// Whether it may stand as a header's value: no control characters, ASCII only.
    var isFieldValue: Bool { utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 } }

    /// Whether it may stand in a message, a log or a terminal.
    var isPrintable: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
            default: true
            }
        }
    }
}
