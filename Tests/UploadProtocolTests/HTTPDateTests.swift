import Testing

@testable import UploadProtocol

@Suite struct HTTPDateTests {
    /// 2026-06-15.
    static let now: Int64 = 1_781_481_600

    static let known: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_403_712_000, "Wed, 25 Jun 2014 16:00:00 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ]

    @Test func knownDatesAreWrittenAndReadBack() {
        for (seconds, text) in Self.known {
            #expect(HTTPDate.format(seconds) == text)
            #expect(HTTPDate.parse(text) == seconds)
        }
    }

    @Test func whatFourDigitsCannotSayBecomesTheNearestSecondThatTheyCan() {
        #expect(HTTPDate.format(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(HTTPDate.format(.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    @Test func everyDayOfEightCenturiesSurvivesTheRoundTrip() {
        for day in -146_097...146_097 {
            let date = CalendarDay(daysSince1970: day)
            #expect(date.daysSince1970 == day)
        }
    }

    @Test func randomSecondsSurviveTheRoundTrip() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator)
            #expect(HTTPDate.parse(HTTPDate.format(seconds)) == seconds)
        }
    }

    @Test func allThreeFormatsMeanTheSame() {
        let texts = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        for text in texts { #expect(HTTPDate.parse(text, now: Self.now) == 784_111_777, "\(text)") }
        #expect(HTTPDate.parse("Wed Nov 16 08:49:37 1994") == 784_975_777)
    }

    @Test func aTwoDigitYearIsNeverMoreThanFiftyYearsAhead() {
        let years: [(String, Int)] = [
            ("94", 1994), ("26", 2026), ("00", 2000), ("76", 2076), ("77", 1977), ("99", 1999),
        ]
        for (digits, year) in years {
            let expected = CalendarDay(year: year, month: 3, day: 1).map { Int64($0.daysSince1970) * 86_400 }
            #expect(HTTPDate.parse("Monday, 01-Mar-\(digits) 00:00:00 GMT", now: Self.now) == expected, "\(digits)")
        }
        let endOfCentury: Int64 = 4_084_000_000
        let expected = CalendarDay(year: 2102, month: 3, day: 1).map { Int64($0.daysSince1970) * 86_400 }
        #expect(HTTPDate.parse("Monday, 01-Mar-02 00:00:00 GMT", now: endOfCentury) == expected)
    }

    @Test(arguments: [
        "", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Wed, 29 Feb 2023 00:00:00 GMT",
        "Wed, 29 Feb 2100 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov -994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994", "Sun Nov 06 08:49:37 94", "1994-11-06T08:49:37Z",
    ])
    func anythingElseIsNoDate(_ text: String) {
        #expect(HTTPDate.parse(text, now: Self.now) == nil)
    }

    @Test func aLeapSecondCountsAsTheOneAfterIt() {
        #expect(HTTPDate.parse("Sat, 31 Dec 2016 23:59:60 GMT") == 1_483_228_800)
    }

    @Test func extremeClocksDoNotTrap() {
        for now in [Int64.min, .max] { _ = HTTPDate.parse("Sunday, 06-Nov-94 08:49:37 GMT", now: now) }
    }
}
