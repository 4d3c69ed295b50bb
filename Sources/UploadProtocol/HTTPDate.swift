import FoundationEssentials

/// Dates in HTTP fields (RFC 9110 §5.6.7), as whole seconds since 1970-01-01 00:00:00 UTC.
package enum HTTPDate {
    static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    static let longWeekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// The format has four digits for the year: what lies outside 0000 … 9999 becomes the nearest second that does not.
    package static func format(_ secondsSince1970: Int64) -> String {
        let seconds = min(max(secondsSince1970, -62_167_219_200), 253_402_300_799)
        let day = Int(floorDivision(seconds, 86_400))
        let second = Int(seconds - Int64(day) * 86_400)
        let date = CalendarDay(daysSince1970: day)
        let time = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        let year = two(date.year / 100) + two(date.year % 100)
        return "\(weekdays[weekday(day)]), \(two(date.day)) \(months[date.month - 1]) \(year) \(time) GMT"
    }

    /// IMF-fixdate, or one of the obsolete formats of RFC 850 and of asctime; `nil` for all else.
    ///
    /// "A recipient that parses a timestamp value in an HTTP field MUST accept all three HTTP-date formats." The name
    /// of the weekday must be one, but need not fit. A two-digit year is resolved against `now`.
    package static func parse(_ text: String, now: Int64 = Int64(Date().timeIntervalSince1970)) -> Int64? {
        HTTPDateScanner.parse(text, now: now)
    }

    /// 0 is Monday; 1970-01-01 was a Thursday.
    private static func weekday(_ daysSince1970: Int) -> Int { ((daysSince1970 % 7) + 7 + 3) % 7 }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

func floorDivision<T: BinaryInteger>(_ number: T, _ divisor: T) -> T {
    let quotient = number / divisor
    return number % divisor < 0 ? quotient - 1 : quotient
}

/// A day of the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last one and month lengths follow one formula; an era is
/// the calendar's period of 400 years, 146 097 days (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
struct CalendarDay: Equatable {
    var year: Int
    var month: Int
    var day: Int

    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = floorDivision(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `nil` if there is no such day.
    init?(year: Int, month: Int, day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        // A day that the month does not have comes back as one of the next month.
        guard CalendarDay(daysSince1970: daysSince1970) == self else { return nil }
    }

    var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = floorDivision(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
