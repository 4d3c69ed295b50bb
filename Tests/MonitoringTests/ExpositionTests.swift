import Meters
import Metrics
import Testing

@testable import Monitoring

/// The text for Prometheus, format 0.0.4.
@Suite struct ExpositionTests {
    @Test func aGaugeHasHelpTypeAndValue() {
        var page = Exposition()
        page.write(.uploadsActive, 3)
        #expect(
            page.text == """
                # HELP tussock_uploads_active Uploads that this process is writing at the moment.
                # TYPE tussock_uploads_active gauge
                tussock_uploads_active 3

                """)
    }

    @Test func labelsAreEscaped() {
        var page = Exposition()
        page.write(.buildInfo, info: ["a\\b\"c\nd", "é"])
        #expect(page.text.hasSuffix("tussock_build_info{version=\"a\\\\b\\\"c\\nd\",role=\"é\"} 1\n"))
    }

    @Test(
        arguments: [
            (0, "0"), (-2, "-2"), (0.5, "0.5"), (1e-7, "1e-07"), (9_007_199_254_740_992, "9007199254740992.0"),
            (1e15, "1000000000000000"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbersAreWrittenAsPrometheusReadsThem(value: Double, text: String) {
        var page = Exposition()
        page.write(.volumeFree, value)
        #expect(page.text.hasSuffix("tussock_volume_free_bytes \(text)\n"))
    }

    @Test func eachValueOfALabelIsALine() {
        var page = Exposition()
        page.write(.jobs, [("dead", 1), ("queued", 2)])
        #expect(page.text.hasSuffix("\ntussock_jobs{state=\"dead\"} 1\ntussock_jobs{state=\"queued\"} 2\n"))
    }

    @Test func theFiguresOfThisProcessAreThere() throws {
        let figures = ProcessFigures.now()
        #expect(try #require(figures.residentBytes) > 1 << 20)
        #expect(try #require(figures.cpuSeconds) > 0)
        #expect(try #require(figures.openFiles) > 2)
        #expect(try #require(figures.mostFiles) >= Int64(figures.openFiles ?? 0))
        #expect(try #require(figures.startTime) > 1_700_000_000)
        var page = Exposition()
        page.write(figures)
        #expect(page.text.split(separator: "\n").filter { $0.hasPrefix("process_") }.count == 5)
    }
}
