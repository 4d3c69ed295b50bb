import Meters

/// What this module counts and times.
enum Measured {
    static let poolWait = TimeMeter(.poolWait)
    static let reconnects = CountMeters<Connection>(.reconnects)

    enum Connection: String, CaseIterable {
        case pool, listener
    }

    /// Makes them show from the beginning.
    static func begin() {
        _ = (poolWait, reconnects)
    }
}
