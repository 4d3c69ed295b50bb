import Synchronization
package import UploadProtocol

/// The writers of this process, so that a newer request or the end of the process can make them stop.
package final class ActiveWriters: Sendable {
    /// Why a writer is to stop reading, commit what it has, and let go.
    package enum StopReason: Sendable, Equatable {
        /// A newer request wants the upload.
        case newerRequest
        /// This node shuts down.
        case shutdown
    }

    private struct Writer {
        var fence: Int64
        var stop: @Sendable (StopReason) -> Void
        /// Somebody asked for the release.
        var isAsked = false
        /// Nodes that did, and wait for word of it.
        var askers: Set<NodeID> = []
    }

    private struct State {
        var writers: [UploadID: Writer] = [:]
        var isDraining = false
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var count: Int { state.withLock { $0.writers.count } }

    /// From now until `remove`, `stop` is called when the writer should end.
    /// - Returns: why it must end before it begins: this node shuts down, or a newer claim has a writer here already.
    package func add(
        _ id: UploadID, fence: Int64, stop: @escaping @Sendable (StopReason) -> Void
    ) -> StopReason? {
        let (refusal, older) = state.withLock { state -> (StopReason?, Writer?) in
            if state.isDraining { return (.shutdown, nil) }
            if let other = state.writers[id], other.fence > fence { return (.newerRequest, nil) }
            return (nil, state.writers.updateValue(Writer(fence: fence, stop: stop), forKey: id))
        }
        older?.stop(.newerRequest)
        return refusal
    }

    /// The writer let go; gives whether somebody asked for that, and the nodes that wait for word of it.
    package func remove(_ id: UploadID, fence: Int64) -> (isAsked: Bool, askers: Set<NodeID>) {
        let (writer, idle) = state.withLock { state -> (Writer?, [CheckedContinuation<Void, Never>]) in
            guard let writer = state.writers[id], writer.fence == fence else { return (nil, []) }
            state.writers[id] = nil
            guard state.writers.isEmpty else { return (writer, []) }
            defer { state.idle = [] }
            return (writer, state.idle)
        }
        for waiter in idle { waiter.resume() }
        return (writer?.isAsked ?? false, writer?.askers ?? [])
    }

    /// Asks the writer of this claim, or of an older one, to stop, for `asker` (nil: somebody in this process). False
    /// if there is none; a newer one is left alone.
    @discardableResult
    package func askToStop(_ id: UploadID, fence: Int64, asker: NodeID? = nil) -> Bool {
        let stop = state.withLock { state -> (@Sendable (StopReason) -> Void)? in
            guard let writer = state.writers[id], writer.fence <= fence else { return nil }
            state.writers[id]?.isAsked = true
            if let asker { state.writers[id]?.askers.insert(asker) }
            return writer.stop
        }
        stop?(.newerRequest)
        return stop != nil
    }

    /// Stops all, refuses new ones, and returns when the last has let go.
    package func drain() async {
        let stops = state.withLock { state in
            state.isDraining = true
            return state.writers.values.map(\.stop)
        }
        for stop in stops { stop(.shutdown) }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if !state.writers.isEmpty { state.idle.append(continuation) }
                return state.writers.isEmpty
            }
            if isIdle { continuation.resume() }
        }
    }

    package var isDraining: Bool { state.withLock { $0.isDraining } }
}
