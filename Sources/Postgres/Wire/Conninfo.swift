import CLibPQ
import Glibc

/// A conninfo that libpq can parse, and what is secret in it.
struct Conninfo: Sendable {
    let text: String
    private let values: [String: String]
    private let secrets: Secrets

    /// Throws `PostgresError` (`.configuration`) with libpq's message, redacted.
    init(_ text: String) throws(PostgresError) {
        self.text = text
        var failure: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &failure) else {
            let message = failure.map { String(cString: $0) } ?? "out of memory"
            PQfreemem(failure)
            let shown = Secrets(conninfo: text, values: [:]).redacted(oneLine(message))
            throw PostgresError(.configuration, "the database's conninfo is malformed: \(shown)")
        }
        defer { PQconninfoFree(options) }
        values = Self.dictionary(options)
        secrets = Secrets(conninfo: text, values: values)
    }

    private static func dictionary(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    func redacted(_ message: String) -> String {
        secrets.redacted(oneLine(message))
    }

    /// Keywords for PQconnectStartParams; libpq lets the later one win, so `dbname` (the conninfo) parts the settings
    /// that an operator may change from those that the decoding depends on.
    func parameters(_ configuration: PostgresConfiguration, attempt: Int) -> [(String, String)] {
        // A peer that vanished without a word is noticed after 10 + 3 × 5 s instead of two hours.
        var parameters = [("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3")]
        parameters.append(("fallback_application_name", configuration.applicationName))
        parameters.append(("dbname", text))
        parameters.append(contentsOf: hosts(startingAt: attempt))
        parameters.append(("client_encoding", "UTF8"))
        parameters.append(("options", sessionOptions(configuration)))
        return parameters
    }

    /// libpq tries the hosts of a list in order and our timeout covers them all, so each attempt starts at the next
    /// one: a first host that drops packets costs one attempt, not the service.
    private func hosts(startingAt attempt: Int) -> [(String, String)] {
        ["host", "hostaddr", "port"].compactMap { key in
            guard let list = values[key]?.split(separator: ",", omittingEmptySubsequences: false), list.count > 1 else {
                return nil
            }
            let first = attempt % list.count
            return (key, (list[first...] + list[..<first]).joined(separator: ","))
        }
    }

    private func sessionOptions(_ configuration: PostgresConfiguration) -> String {
        // No JIT: compiling costs some 50 ms, and no statement of ours runs for long. The planner, which does not know
        // their parameters, thinks that some do.
        //
        // Nor is a statement planned each time, which may cost more than to run it: all are made for one plan, by
        // indexes. Without the last setting that plan would be one for empty tables where a deployment has just begun.
        let own = [
            "jit=off", "plan_cache_mode=force_generic_plan", "enable_seqscan=off",
            "statement_timeout=\(configuration.statementTimeout.milliseconds)", "TimeZone=UTC", "DateStyle=ISO",
            "bytea_output=hex", "extra_float_digits=1",
        ]
        let given = values["options"] ?? getenv("PGOPTIONS").map { String(cString: $0) }
        return ([given].compactMap { $0 } + own.map { "-c \($0)" }).joined(separator: " ")
    }
}

/// libpq's messages are lines, one a host; a log wants one.
func oneLine(_ message: String) -> String {
    message.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
}
