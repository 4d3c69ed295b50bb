import HTTPTypes

/// The trace that a request belongs to, for the log. W3C Trace Context, §3.2: `traceparent`.
struct TraceParent: Sendable, Equatable {
    /// 32 hex digits.
    var trace: String
    /// Of the caller, 16 hex digits.
    var span: String

    /// nil without a well-formed one. §3.2.2.1: "The value of `version` … MUST NOT be `ff`"; §3.2.4: of a later
    /// version, what version 00 has is read, and more may follow behind a dash.
    init?(_ fields: HTTPFields) {
        let values = fields[values: .traceparent]
        guard values.count == 1 else { return nil }
        let parts = values[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHex(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], 32), Self.isHex(parts[2], 16), Self.isHex(parts[3], 2)
        else { return nil }
        // "All bytes as zero … is considered an invalid value."
        guard parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }) else { return nil }
        (trace, span) = (String(parts[1]), String(parts[2]))
    }

    /// §3.2.1: `HEXDIGLC`, lower case only.
    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
