/// What one check has shown.
package struct Diagnosis: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        case ok
        /// It must be mended.
        case wrong
        /// It works; but who runs it should know.
        case note
    }

    /// What was checked; such as `request-buffering`.
    package var check: String
    package var verdict: Verdict
    /// What was seen.
    package var message: String
    /// Why it matters.
    package var why: String?
    package var remedy: String?
    /// No other check makes sense.
    var endsVisit = false

    static func ok(_ check: String, _ message: String) -> Diagnosis {
        Diagnosis(check: check, verdict: .ok, message: message)
    }

    static func wrong(_ check: String, _ message: String, why: String, remedy: String) -> Diagnosis {
        Diagnosis(check: check, verdict: .wrong, message: message, why: why, remedy: remedy)
    }

    static func note(_ check: String, _ message: String, why: String? = nil, remedy: String? = nil) -> Diagnosis {
        Diagnosis(check: check, verdict: .note, message: message, why: why, remedy: remedy)
    }
}
