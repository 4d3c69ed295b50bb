import Meters

/// What this module counts.
enum Measured {
    static let takeOvers = CountMeters<TakeOver>(.takeOvers)

    enum TakeOver: String, CaseIterable {
        case released, forced
    }
}
