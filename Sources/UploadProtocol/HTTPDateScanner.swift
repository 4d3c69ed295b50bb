/// Reads the three formats of RFC 9110 §5.6.7 byte by byte: "HTTP-date is case sensitive", and has no white space but
/// what the grammar shows.
struct HTTPDateScanner {
    private var rest: ArraySlice<UInt8>

    static func parse(_ text: String, now: Int64) -> Int64? {
        let formats: [(inout HTTPDateScanner) -> Int64?] = [
            { $0.fixdate() }, { $0.rfc850(now: now) }, { $0.asctime() },
        ]
        for format in formats {
            var scanner = HTTPDateScanner(rest: ArraySlice(text.utf8))
            if let seconds = format(&scanner), scanner.rest.isEmpty { return seconds }
        }
        return nil
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private mutating func fixdate() -> Int64? {
        guard name(HTTPDate.weekdays) != nil, take(", "), let day = digits(2), take(" "),
            let month = name(HTTPDate.months), take(" "), let year = digits(4), take(" "),
            let time = timeOfDay(), take(" GMT")
        else { return nil }
        return Self.seconds(year, month, day, time)
    }

    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    private mutating func rfc850(now: Int64) -> Int64? {
        guard name(HTTPDate.longWeekdays) != nil, take(", "), let day = digits(2), take("-"),
            let month = name(HTTPDate.months), take("-"), let year = digits(2), take(" "),
            let time = timeOfDay(), take(" GMT")
        else { return nil }
        return Self.seconds(Self.fullYear(year, now: now), month, day, time)
    }

    /// `Sun Nov  6 08:49:37 1994`
    private mutating func asctime() -> Int64? {
        guard name(HTTPDate.weekdays) != nil, take(" "), let month = name(HTTPDate.months), take(" "),
            let day = take(" ") ? digits(1) : digits(2), take(" "),
            let time = timeOfDay(), take(" "), let year = digits(4)
        else { return nil }
        return Self.seconds(year, month, day, time)
    }

    /// Recipients "MUST interpret a timestamp that appears to be more than 50 years in the future as representing the
    /// most recent year in the past that had the same last two digits". Decided by the year alone.
    private static func fullYear(_ lastTwoDigits: Int, now: Int64) -> Int {
        let days = floorDivision(min(max(now, -62_167_219_200), 253_402_300_799), 86_400)
        let thisYear = CalendarDay(daysSince1970: Int(days)).year
        let year = thisYear - thisYear % 100 + lastTwoDigits
        if year > thisYear + 50 { return year - 100 }
        return year < thisYear - 49 ? year + 100 : year
    }

    /// A leap second counts as the one after it.
    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int64? {
        guard let date = CalendarDay(year: year, month: month + 1, day: day) else { return nil }
        return Int64(date.daysSince1970) * 86_400 + Int64(time)
    }

    private mutating func timeOfDay() -> Int? {
        guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func name(_ names: [String]) -> Int? {
        for (index, name) in names.enumerated() where take(name) { return index }
        return nil
    }

    private mutating func digits(_ count: Int) -> Int? {
        let bytes = rest.prefix(count)
        guard bytes.count == count, let number = decimalInteger(String(decoding: bytes, as: UTF8.self)) else {
            return nil
        }
        rest = rest.dropFirst(count)
        return Int(number)
    }
}
