import Foundation
import Front
import Yams

/// What the operator has set, from options, the environment and a file; options win, then the environment.
struct Settings: Sendable {
    /// A mistake in what was set, told with the name that the operator used.
    struct Mistake: Error, CustomStringConvertible {
        var description: String
    }

    private struct Value {
        var text: String
        /// As the operator wrote it: `--port`, `TUSSOCK_PORT`, or `port in FILE`.
        var origin: String
    }

    private var values: [String: Value] = [:]
    /// Variables that look like settings and are none: misspelt, perhaps.
    private(set) var unknownVariables: [String] = []

    /// - Parameter options: by setting name, such as `max_size`; nil ones were not given.
    init(
        options: [String: String?], file: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        if let file { try read(file) }
        for (name, text) in environment where name.hasPrefix("TUSSOCK_") && !text.isEmpty {
            let setting = String(name.dropFirst(8)).lowercased()
            values[setting] = Value(text: text, origin: name)
            if !Self.known.contains(setting) { unknownVariables.append(name) }
        }
        for case (let name, let text?) in options {
            let flag = "--" + name.replacing("_", with: "-")
            values[name] = Value(text: text, origin: flag)
        }
    }

    /// YAML, of which JSON is a part: one mapping of names to plain values.
    private mutating func read(_ file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Mistake(description: "--config: the file \(file) cannot be read")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self))
        } catch {
            throw Mistake(description: "--config: \(file) is not YAML or JSON: \(error)")
        }
        guard let node else { return }
        guard let mapping = node.mapping else {
            throw Mistake(description: "--config: \(file) must be a mapping, such as `port: 8080`")
        }
        for (key, value) in mapping {
            guard let name = key.string, let text = value.scalar?.string else {
                throw Mistake(description: "--config: \(key.string ?? "a key") in \(file) must have one plain value")
            }
            guard Self.known.contains(name) else {
                throw Mistake(
                    description: "--config: \(file) sets \"\(name)\", which is none of "
                        + Self.known.sorted().joined(separator: ", "))
            }
            values[name] = Value(text: text, origin: "\(name) in \(file)")
        }
    }

    /// Every setting there is.
    static let known: Set<String> = [
        "database_url", "volume", "host", "port", "ops_host", "ops_port", "public_url", "trusted_proxies",
        "cors_origins", "admin_password", "max_size", "max_append_size",
        "expire_after", "finalize_wait", "lease_seconds", "durability", "quota_bytes", "quota_uploads",
        "min_free_bytes", "log_level", "log_format", "concurrency",
        "batch", "bandwidth", "keep_history", "keep_deleted",
        "idle_timeout", "tls_certificate", "tls_key",
    ]

    func text(_ name: String) -> String? {
        values[name]?.text
    }

    /// What the operator called it; its variable if it is not set.
    func origin(_ name: String) -> String {
        values[name]?.origin ?? "TUSSOCK_\(name.uppercased())"
    }

    /// Throws a `Mistake` that says how to set it.
    func required(_ name: String) throws -> String {
        if let text = text(name) { return text }
        throw Mistake(
            description: "--\(name.replacing("_", with: "-")) is missing; give it, or set TUSSOCK_\(name.uppercased())")
    }

    /// A whole number within `range`.
    func integer<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) throws -> Number? {
        guard let value = values[name] else { return nil }
        guard let number = Number(value.text), range.contains(number) else {
            let upper = range.upperBound == .max ? "up" : "to \(range.upperBound)"
            throw Mistake(
                description: "\(value.origin) is \"\(value.text)\"; it must be a whole number from "
                    + "\(range.lowerBound) \(upper)")
        }
        return number
    }

    /// What `parse` makes of the text.
    func value<Value>(_ name: String, _ parse: (String) throws(WrongSetting) -> Value) throws -> Value? {
        guard let value = values[name] else { return nil }
        do {
            return try parse(value.text)
        } catch {
            throw Mistake(description: "\(value.origin) has \"\(error.part)\"; it must be \(error.expected)")
        }
    }

    /// A number of bytes, at least 1; with k, M, G or T for the powers of 1024.
    func bytes(_ name: String) throws -> Int64? {
        guard let value = values[name] else { return nil }
        let powers: [Character: Int] = ["k": 10, "K": 10, "M": 20, "G": 30, "T": 40]
        let power = value.text.last.flatMap { powers[$0] }
        let digits = power == nil ? value.text[...] : value.text.dropLast()
        let (bytes, isOver) = (Int64(digits) ?? 0).multipliedReportingOverflow(by: 1 << (power ?? 0))
        guard bytes > 0, !isOver, digits.allSatisfy(\.isNumber) else {
            throw Mistake(
                description:
                    "\(value.origin) is \"\(value.text)\"; it must be a number of bytes, such as 200M or 1G")
        }
        return bytes
    }

    /// One of the raw values of an enumeration.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of: Choice.Type) throws -> Choice?
    where Choice.RawValue == String {
        guard let value = values[name] else { return nil }
        guard let choice = Choice(rawValue: value.text) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Mistake(description: "\(value.origin) is \"\(value.text)\"; it must be one of: \(all)")
        }
        return choice
    }
}
