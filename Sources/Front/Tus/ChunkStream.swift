import Chunks
import Hummingbird
import NIOCore
import Synchronization
import UploadProtocol
import Uploads

/// Writes a body to a chunk file as it arrives, and checkpoints beside that.
///
/// Reading and writing run on threads for file calls, one buffer at a time: the next is read from the connection only
/// when the last is written, so memory stays bounded whatever the volume's speed. After 64 MiB, or a second of
/// progress, what is written is synced and the row's offset moves; the stream goes on meanwhile.
final class ChunkStream: Sendable {
    /// Bytes between two checkpoints.
    static let checkpointBytes: Int64 = 64 << 20
    /// Time between two checkpoints while bytes arrive.
    static let checkpointInterval: Duration = .seconds(1)

    enum Ending: Sendable {
        /// The body came to its end.
        case finished
        /// More bytes than the upload may have.
        case overrun
        /// The connection ended in the middle of the body.
        case cut
        case stopped(ActiveWriters.StopReason)
        /// The volume or the database failed, or the claim is lost.
        case failed(any Error)
    }

    private struct State {
        var checkpointed: Int64
        var claim: Claim
    }

    private enum Event { case progress, checkpoint }

    private let node: FrontNode
    private let plan: AppendPlan
    private let writer: ChunkWriter
    private let state: Mutex<State>
    private let signals = Signals<Event>()

    init(_ node: FrontNode, _ claim: Claim, _ plan: AppendPlan, _ writer: ChunkWriter) {
        self.node = node
        self.plan = plan
        self.writer = writer
        state = Mutex(State(checkpointed: claim.offset, claim: claim))
    }

    /// The upload's offset that is certainly committed.
    var checkpointed: Int64 { state.withLock { $0.checkpointed } }

    /// The claim, with the lease as it was last prolonged.
    var claim: Claim { state.withLock { $0.claim } }

    /// The upload's offset up to which bytes are written.
    private var written: Int64 { claim.chunk.start + writer.length }

    /// Makes what is written safe and closes the file; gives the offset up to which bytes are safe, and what went wrong
    /// with those behind it.
    func close() async -> (offset: Int64, failure: (any Error)?) {
        defer { writer.close() }
        do {
            return (try await sync(), nil)
        } catch {
            return (checkpointed, error)
        }
    }

    /// Makes what is written safe; gives the offset up to which it is.
    private func sync() async throws -> Int64 {
        let start = claim.chunk.start
        return start + (try await node.files.run { [writer] in try writer.sync() })
    }

    /// Takes in the body until it ends, or until there is a reason to stop.
    func run(_ body: RequestBody, until reasons: AsyncStream<ActiveWriters.StopReason>) async -> Ending {
        await withTaskGroup(of: Ending?.self) { group in
            group.addTask(executorPreference: node.files) { await self.read(body) }
            group.addTask { await self.checkpoints() }
            group.addTask {
                for await reason in reasons { return .stopped(reason) }
                return nil
            }
            var ending: Ending?
            for await result in group {
                // A body that came to its end meanwhile counts as that, whatever else happened.
                if case .finished? = result { ending = .finished }
                if ending == nil { ending = result }
                if ending != nil { group.cancelAll() }
            }
            return ending ?? .cut
        }
    }

    /// nil when it was told to stop.
    private func read(_ body: RequestBody) async -> Ending? {
        var received: Int64 = 0
        do {
            for try await buffer in body {
                received += Int64(buffer.readableBytes)
                if received > plan.limit { return .overrun }
                try writer.write([buffer])
                if written - checkpointed >= Self.checkpointBytes { try await fallBack() }
            }
        } catch let error as ChunkError {
            return .failed(error)
        } catch {
            return Task.isCancelled ? nil : .cut
        }
        if received == plan.expected || (plan.expected == nil && !Task.isCancelled) { return .finished }
        return Task.isCancelled ? nil : .cut
    }

    /// Asks for a checkpoint, and waits for it when the stream is two checkpoints ahead.
    private func fallBack() async throws {
        signals.fire(.progress)
        while written - checkpointed >= 2 * Self.checkpointBytes, !Task.isCancelled {
            let ticket = signals.ticket(for: .checkpoint)
            guard written - checkpointed >= 2 * Self.checkpointBytes else { return }
            _ = await ticket.wait(atMost: Self.checkpointInterval)
        }
    }

    /// nil when it was told to stop.
    private func checkpoints() async -> Ending? {
        var last = ContinuousClock.now
        while true {
            let ticket = signals.ticket(for: .progress)
            if written - checkpointed < Self.checkpointBytes { _ = await ticket.wait(atMost: Self.checkpointInterval) }
            if Task.isCancelled { return nil }
            // Without progress the lease is kept alive all the same.
            guard written > checkpointed || last.advanced(by: leaseInterval) < .now else { continue }
            do {
                try await checkpoint()
                last = .now
            } catch {
                return Task.isCancelled ? nil : .failed(error)
            }
            signals.fire(.checkpoint)
        }
    }

    private var leaseInterval: Duration { .seconds(max(1, node.uploads.leaseSeconds / 3)) }

    /// Once begun it is not broken off when the body ends: cancelling a statement costs more than waiting for it.
    private func checkpoint() async throws {
        try await Task {
            let offset = try await sync()
            let trusted = try await node.uploads.checkpoint(claim, offset: offset)
            state.withLock { state in
                state.checkpointed = offset
                state.claim.trustedUntil = trusted
            }
        }.value
    }
}
