/// When a failed job is tried again.
package enum RetryPolicy {
    /// The longest pause, seconds.
    package static let longestPause = 900.0
    /// How long a job waits that found no space, seconds.
    package static let spacePause = 30.0

    /// min(2^failures, 900) seconds, less up to a quarter at random, so that jobs that failed together do not come
    /// back together.
    package static func pause(afterFailures failures: Int, jitter: Double = .random(in: 0...1)) -> Double {
        let exponential = failures >= 10 ? longestPause : min(Double(1 << max(0, failures)), longestPause)
        return exponential * (1 - 0.25 * jitter)
    }
}
