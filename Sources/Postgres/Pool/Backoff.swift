/// Waits between attempts: doubling from `first` to `longest`, each cut by a random part of up to a half, so that many
/// nodes that lost the database together do not come back together.
struct Backoff: Sendable {
    let first: Duration
    let longest: Duration

    /// The wait after the given number of failures in a row (1, 2, …); `random` is in 0..<1.
    func wait(afterFailures failures: Int, random: Double = .random(in: 0..<1)) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        let full = min(first * (1 << doublings), longest)
        return full * (1 - random / 2)
    }
}
