/// Who listens to what, as a value; see `PostgresListener`.
struct ListenerState {
    typealias Event = PostgresListener.Event
    typealias Continuation = AsyncStream<Event>.Continuation

    private struct Subscriber {
        let continuation: Continuation
        /// It has had its first gap since the connection was made; before that nothing is delivered to it.
        var isCurrent = false
    }

    private var subscribers: [String: [Int: Subscriber]] = [:]
    private var lastID = 0
    /// What the server knows this connection to listen to.
    private(set) var listening: Set<String> = []
    private(set) var isEnded = false

    var toListen: Set<String> { Set(subscribers.keys).subtracting(listening) }
    var toUnlisten: Set<String> { listening.subtracting(subscribers.keys) }

    mutating func add(_ continuation: Continuation, on channel: String) -> Int {
        lastID += 1
        subscribers[channel, default: [:]][lastID] = Subscriber(continuation: continuation)
        return lastID
    }

    mutating func remove(_ id: Int, from channel: String) {
        subscribers[channel]?[id] = nil
        if subscribers[channel]?.isEmpty == true { subscribers[channel] = nil }
    }

    mutating func connected() {
        listening = []
        for channel in subscribers.keys {
            for id in (subscribers[channel] ?? [:]).keys { subscribers[channel]?[id]?.isCurrent = false }
        }
    }

    mutating func listened(_ channel: String) { listening.insert(channel) }
    mutating func unlistened(_ channel: String) { listening.remove(channel) }

    /// Those who have joined since the last call, on channels that are listened to: each gets a gap now.
    mutating func takeNewcomers() -> [Continuation] {
        var newcomers: [Continuation] = []
        for channel in listening {
            for (id, subscriber) in subscribers[channel] ?? [:] where !subscriber.isCurrent {
                subscribers[channel]?[id]?.isCurrent = true
                newcomers.append(subscriber.continuation)
            }
        }
        return newcomers
    }

    func receivers(of channel: String) -> [Continuation] {
        (subscribers[channel] ?? [:]).values.filter(\.isCurrent).map(\.continuation)
    }

    /// All streams, to be finished.
    mutating func end() -> [Continuation] {
        isEnded = true
        defer { subscribers = [:] }
        return subscribers.values.flatMap { $0.values.map(\.continuation) }
    }
}
