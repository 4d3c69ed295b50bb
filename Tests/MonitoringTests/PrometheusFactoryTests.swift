import Meters
import Metrics
import Testing

@testable import Monitoring

/// What swift-metrics records, and what becomes of it. No test makes its factory the process's.
@Suite struct PrometheusFactoryTests {
    private func lines(_ factory: PrometheusFactory) -> [Substring] {
        var page = Exposition()
        factory.write(to: &page)
        return page.text.split(separator: "\n")
    }

    @Test func countersOfTheSameLabelsAreOne() {
        let factory = PrometheusFactory()
        for amount in [1, 2] {
            Counter(label: "tussock_job_attempts_total", dimensions: [("result", "done")], factory: factory)
                .increment(by: amount)
        }
        Counter(label: "tussock_job_attempts_total", dimensions: [("result", "lost")], factory: factory).increment()
        #expect(
            lines(factory) == [
                "# HELP tussock_job_attempts_total Attempts at jobs that ended here, by how.",
                "# TYPE tussock_job_attempts_total counter",
                "tussock_job_attempts_total{result=\"done\"} 3", "tussock_job_attempts_total{result=\"lost\"} 1",
            ])
    }

    @Test func aHistogramCountsAllThatIsBelowABound() {
        let factory = PrometheusFactory()
        let timer = Timer(
            label: "tussock_finalize_seconds", dimensions: [("phase", "sync")], factory: factory)
        for milliseconds in [1, 2, 100, 101, 2_000_000] { timer.recordMilliseconds(milliseconds) }
        let text = lines(factory)
        for (bound, count) in [
            ("0.001", 1), ("0.005", 2), ("0.025", 2), ("0.1", 3), ("0.5", 4), ("1800", 4), ("+Inf", 5),
        ] {
            #expect(text.contains("tussock_finalize_seconds_bucket{phase=\"sync\",le=\"\(bound)\"} \(count)"))
        }
        #expect(text.contains("tussock_finalize_seconds_sum{phase=\"sync\"} 2000.204"))
        #expect(text.contains("tussock_finalize_seconds_count{phase=\"sync\"} 5"))
        #expect(text[1] == "# TYPE tussock_finalize_seconds histogram")
    }

    @Test func whatNobodyDefinedGoesNowhere() {
        let factory = PrometheusFactory()
        Counter(label: "hb.requests", dimensions: [("path", "/secret")], factory: factory).increment()
        Counter(label: "tussock_job_attempts_total", dimensions: [("path", "/secret")], factory: factory).increment()
        Counter(label: "tussock_finalize_seconds", dimensions: [("phase", "sync")], factory: factory).increment()
        Timer(label: "tussock_job_attempts_total", dimensions: [("result", "done")], factory: factory)
            .recordSeconds(1)
        Gauge(label: "tussock_uploads_active", factory: factory).record(1)
        #expect(lines(factory) == [])
    }

    @Test func nothingIsLostWhenManyRecordAtOnce() async {
        let factory = PrometheusFactory()
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "tussock_bytes_received_total", factory: factory)
                    let timer = Timer(label: "tussock_upload_visible_seconds", factory: factory)
                    for _ in 0..<1000 {
                        counter.increment(by: 3)
                        timer.recordNanoseconds(1_000_000)
                    }
                }
            }
        }
        let text = lines(factory)
        #expect(text.contains("tussock_bytes_received_total 24000"))
        #expect(text.contains("tussock_upload_visible_seconds_count 8000"))
        #expect(text.contains("tussock_upload_visible_seconds_sum 8"))
    }

    @Test func namesAreDefinedOnceAndAsPrometheusWantsThem() {
        let names = Metric.recorded.map(\.name)
        #expect(Set(names).count == names.count)
        for metric in Metric.recorded {
            #expect(metric.name.wholeMatch(of: /tussock_[a-z_]+/) != nil)
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"))
            guard case .histogram(let buckets) = metric.kind else { continue }
            #expect(metric.name.hasSuffix("_seconds") && buckets == Set(buckets).sorted())
        }
    }
}
