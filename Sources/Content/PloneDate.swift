package import Foundation

/// Dates in content's JSON, as plone.restapi writes them.
package enum PloneDate {
    /// ISO 8601 in UTC with whole seconds and a numeric offset, `2026-09-01T08:15:30+00:00`; fractions are cut off.
    package static func format(_ date: Date) -> String {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        // Years 1600 to 9999: later ones do not fit the format, and before 1583 the calendar would be the Julian one.
        let clamped = seconds.isNaN ? 0 : min(max(seconds, -11_676_096_000), 253_402_300_799)
        let style = Date.ISO8601FormatStyle(timeZone: .gmt)
        return String(style.format(Date(timeIntervalSince1970: clamped)).dropLast()) + "+00:00"
    }
}
