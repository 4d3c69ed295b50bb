package import FoundationEssentials

/// A `Date` is a `timestamptz` of microsecond resolution, in UTC both ways (the session's TimeZone and DateStyle say
/// so).
///
/// `infinity` does not decode; a `Date` beyond PostgreSQL's range is refused by the server (22007 or 22008).
extension Date: SQLEncodable, SQLDecodable, SQLArrayElement {
    package var sqlText: String? {
        let seconds = timeIntervalSinceReferenceDate
        // Exact up to 285 000 years; anything else goes as it is, for the server to refuse.
        guard let micros = Int64(exactly: (seconds * 1e6).rounded()) else { return "\(seconds)" }
        return CivilTime(microsecondsSince2001: micros).text
    }

    package init(sqlText: String?) throws(SQLDecodingError) {
        guard let sqlText, let micros = CivilTime.microsecondsSince2001(sqlText) else {
            throw .mismatch(Date.self, sqlText)
        }
        self.init(timeIntervalSinceReferenceDate: Double(micros) / 1e6)
    }
}

/// A point in time in the proleptic Gregorian calendar, as PostgreSQL counts it (year 0 is 1 BC).
private struct CivilTime {
    var year: Int64, month: Int64, day: Int64, microsecondOfDay: Int64

    static let microsecondsPerDay: Int64 = 86_400_000_000
    /// Days from 0000-03-01, where the algorithm below starts, to 2001-01-01.
    static let dayOf2001: Int64 = 730_791

    /// Days to a date, by Howard Hinnant's `civil_from_days` (chrono-compatible low-level date algorithms).
    init(microsecondsSince2001 micros: Int64) {
        let (day, time) = floorDivide(micros, Self.microsecondsPerDay)
        microsecondOfDay = time
        let (era, dayOfEra) = floorDivide(day + Self.dayOf2001, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    init(year: Int64, month: Int64, day: Int64, microsecondOfDay: Int64) {
        (self.year, self.month, self.day, self.microsecondOfDay) = (year, month, day, microsecondOfDay)
    }

    var text: String {
        let (minutes, micros) = floorDivide(microsecondOfDay, 60_000_000)
        let shown = year > 0 ? year : 1 - year
        return "\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2)) "
            + "\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2)):\(padded(micros / 1_000_000, 2))"
            + ".\(padded(micros % 1_000_000, 6))+00\(year > 0 ? "" : " BC")"
    }

    var microsecondsSince2001: Int64 {
        let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - Self.dayOf2001) * Self.microsecondsPerDay + microsecondOfDay
    }

    /// Reads `2026-01-31 23:59:59.123456+00[:30] [BC]`; nil for anything else, a missing zone included.
    static func microsecondsSince2001(_ text: String) -> Int64? {
        var scan = DigitScanner(text)
        guard let year = scan.digits(4...6), scan.take("-"), let month = scan.digits(2...2), scan.take("-"),
            let day = scan.digits(2...2), scan.take(" "), let clock = scan.clock(),
            let fraction = scan.fraction(), let offset = scan.offset()
        else { return nil }
        let isBeforeChrist = scan.take(" ") && scan.take("B") && scan.take("C")
        // PostgreSQL's own range (manual, table 8.9); what is beyond it could overflow below.
        guard scan.rest.isEmpty, year <= 294_276, (1...12).contains(month), (1...31).contains(day) else { return nil }
        let civil = CivilTime(
            year: isBeforeChrist ? 1 - year : year, month: month, day: day,
            microsecondOfDay: clock * 1_000_000 + fraction
        )
        return civil.microsecondsSince2001 - offset * 1_000_000
    }
}

/// Takes numbers off the front of a timestamp; a regular expression costs 20 times as much, and listings read many.
private struct DigitScanner {
    var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits(_ width: ClosedRange<Int>) -> Int64? {
        let run = rest.prefix(width.upperBound).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard run.count >= width.lowerBound else { return nil }
        rest.removeFirst(run.count)
        return run.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Seconds of `23:59:59`.
    mutating func clock() -> Int64? {
        guard let hours = digits(2...2), take(":"), let minutes = digits(2...2), take(":"), let seconds = digits(2...2)
        else { return nil }
        return (hours * 60 + minutes) * 60 + seconds
    }

    /// Microseconds of `.123`; 0 when there is none.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        let before = rest.count
        guard let value = digits(1...6) else { return nil }
        return (before - rest.count..<6).reduce(value) { value, _ in value * 10 }
    }

    /// Seconds of `+05:30`, east positive.
    mutating func offset() -> Int64? {
        let isWest = take("-")
        guard isWest || take("+"), let hours = digits(2...2) else { return nil }
        var seconds = hours * 3600
        if take(":") {
            guard let minutes = digits(2...2) else { return nil }
            seconds += minutes * 60
        }
        return isWest ? -seconds : seconds
    }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
