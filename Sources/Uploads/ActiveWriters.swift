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
        /// Nodes that asked for the release and wait for word of it.
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

    /// From now until `remove`, `stop` is called when the writer should end. False when this node shuts down: the
    /// caller lets go of the claim at once.
    package func add(
        _ id: UploadID, fence: Int64, stop: @escaping @Sendable (StopReason) -> Void
    ) -> Bool {
        let replaced: (accepted: Bool, older: Writer?) = state.withLock { state in
            if state.isDraining { return (false, nil) }
            let older = state.writers.updateValue(Writer(fence: fence, stop: stop), forKey: id)
            return (true, older)
        }
        replaced.older?.stop(.newerRequest)
        return replaced.accepted
    }

    /// The writer let go; gives the nodes that wait for word of it.
    package func remove(_ id: UploadID, fence: Int64) -> Set<NodeID> {
        let (askers, idle) = state.withLock { state -> (Set<NodeID>, [CheckedContinuation<Void, Never>]) in
            guard let writer = state.writers[id], writer.fence == fence else { return ([], []) }
            state.writers[id] = nil
            guard state.writers.isEmpty else { return (writer.askers, []) }
            defer { state.idle = [] }
            return (writer.askers, state.idle)
        }
        for waiter in idle { waiter.resume() }
        return askers
    }

    /// Asks the writer of this upload to stop, for `asker` (nil: somebody in this process). False if there is none.
    @discardableResult
    package func askToStop(_ id: UploadID, asker: NodeID? = nil) -> Bool {
        let stop = state.withLock { state in
            if let asker { state.writers[id]?.askers.insert(asker) }
            return state.writers[id]?.stop
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
