import Synchronization
package import UploadProtocol

/// The order in which requests on an upload reached this process.
///
/// **The rule.** A request may be held up before its claim: by the database, by a busy pool. If a newer one is let
/// through meanwhile, the older one must not come after it: a HEAD has told an offset that the older one would move,
/// a PATCH is writing that the older one would oust. So who arrived earlier gives way, with `UploadError.claimLost`.
/// Between nodes the turns of the row do this for requests that wait for a claim, and for the others the look whether
/// the client is still there.
package final class Arrivals: Sendable {
    /// One request on one upload, from its arrival until `leave`.
    package struct Arrival: Sendable {
        package let upload: UploadID
        let number: UInt64
        let moment: ContinuousClock.Instant
        /// Whether somebody still waits for the answer.
        let isWanted: @Sendable () async -> Bool
    }

    private struct Request {
        var isClaiming = false
        var isSuperseded = false
        /// A try of an older one has ended since this one looked.
        var hasMissed = false
    }

    private struct State {
        var last: UInt64 = 0
        var requests: [UploadID: [UInt64: Request]] = [:]
    }

    /// A request that was held up for longer than this is looked after: is its client still there?
    private static let promptness: Duration = .milliseconds(100)

    private let state = Mutex(State())

    private let tried: Signals<UploadID>

    /// - Parameter tried: fired after a try that a newer request may be waiting for.
    init(tried: Signals<UploadID>) {
        self.tried = tried
    }

    package func arrive(
        at id: UploadID, isWanted: @escaping @Sendable () async -> Bool = { true }
    ) -> Arrival {
        let number = state.withLock { state in
            state.last += 1
            state.requests[id, default: [:]][state.last] = Request()
            return state.last
        }
        return Arrival(upload: id, number: number, moment: .now, isWanted: isWanted)
    }

    /// Requests that are here now.
    var count: Int { state.withLock { $0.requests.values.reduce(0) { $0 + $1.count } } }

    package func leave(_ arrival: Arrival) {
        state.withLock { state in
            state.requests[arrival.upload]?[arrival.number] = nil
            if state.requests[arrival.upload]?.isEmpty == true { state.requests[arrival.upload] = nil }
        }
    }

    /// Runs one try at the claim. Newer requests know of it, and wait for its end if they have to come after it.
    ///
    /// Throws `UploadError.claimLost` if a newer request was let through, or if the request was held up and nobody
    /// waits for the answer any more. Once the request has its turn in the row, that decides between it and newer ones.
    func trying<Result>(
        _ arrival: Arrival, hasTurn: Bool, _ attempt: () async throws -> Result
    ) async throws -> Result {
        if ContinuousClock.now - arrival.moment > Self.promptness, await !arrival.isWanted() {
            throw UploadError.claimLost
        }
        guard begin(arrival, hasTurn) else { throw UploadError.claimLost }
        defer { end(arrival) }
        return try await attempt()
    }

    private func begin(_ arrival: Arrival, _ hasTurn: Bool) -> Bool {
        state.withLock { state in
            let isSuperseded = state.requests[arrival.upload]?[arrival.number]?.isSuperseded ?? false
            guard hasTurn || !isSuperseded else { return false }
            state.requests[arrival.upload]?[arrival.number]?.isClaiming = true
            return true
        }
    }

    private func end(_ arrival: Arrival) {
        let isSuperseded = state.withLock { state in
            state.requests[arrival.upload]?[arrival.number]?.isClaiming = false
            // Whoever came meanwhile, too: its look may have been older than what this try has changed.
            for newer in state.requests[arrival.upload]?.keys.filter({ $0 > arrival.number }) ?? [] {
                state.requests[arrival.upload]?[newer]?.hasMissed = true
            }
            return state.requests[arrival.upload]?[arrival.number]?.isSuperseded ?? false
        }
        if isSuperseded { tried.fire(arrival.upload) }
    }

    /// Whether requests on the same upload are here that came earlier.
    func hasOlder(than arrival: Arrival) -> Bool {
        state.withLock { state in state.requests[arrival.upload]?.keys.contains { $0 < arrival.number } ?? false }
    }

    /// The request is about to look at the row: tries of older ones that end from now on, it may not see.
    func look(_ arrival: Arrival) {
        state.withLock { $0.requests[arrival.upload]?[arrival.number]?.hasMissed = false }
    }

    /// Whether a try of an older request has ended since this one's look. To be asked once those are superseded.
    func hasMissed(_ arrival: Arrival) -> Bool {
        state.withLock { $0.requests[arrival.upload]?[arrival.number]?.hasMissed ?? false }
    }

    /// Lets this request through: older ones that have not claimed yet give way.
    /// - Returns: whether one of them is claiming at this very moment.
    @discardableResult
    func supersede(before arrival: Arrival) -> Bool {
        state.withLock { state in
            guard let requests = state.requests[arrival.upload] else { return false }
            let older = requests.filter { $0.key < arrival.number }
            for number in older.keys { state.requests[arrival.upload]?[number]?.isSuperseded = true }
            return older.values.contains { $0.isClaiming }
        }
    }
}
