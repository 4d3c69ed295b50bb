import Chunks
import Digests
import Hummingbird
import NIOCore
import Synchronization
import UploadProtocol
import Uploads

/// Writes a body to a chunk file as it arrives, and checkpoints beside that.
///
/// Reading and writing run on threads for file calls, one buffer at a time: the next is read from the connection only
/// when the last is written, so memory stays bounded whatever the volume's speed. After 64 MiB, or a second of
/// progress, what is written is synced and the row's offset moves; the stream goes on meanwhile. Of a body that must
/// hash to something nothing counts before its end, so its offset stays, and only the lease is prolonged.
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
        /// Up to where the row says that bytes count.
        var checkpointed: Int64
        /// Up to where the next checkpoint has nothing to do.
        var safe: Int64
        var claim: Claim
    }

    private enum Event { case progress, checkpoint }

    private let node: FrontNode
    private let plan: AppendPlan
    private let writer: ChunkWriter
    /// Of the body, on its way; nil if nobody asks.
    private let running: RunningDigests?
    private let state: Mutex<State>
    private let signals = Signals<Event>()
    /// Hears the offset of each checkpoint.
    private let progress: @Sendable (Int64) -> Void

    init(
        _ node: FrontNode, _ claim: Claim, _ plan: AppendPlan, _ writer: ChunkWriter,
        progress: @escaping @Sendable (Int64) -> Void
    ) {
        self.node = node
        self.plan = plan
        self.writer = writer
        self.progress = progress
        let algorithms = Self.algorithms(claim, plan)
        running = algorithms.isEmpty ? nil : RunningDigests(algorithms)
        state = Mutex(State(checkpointed: claim.offset, safe: claim.offset, claim: claim))
    }

    /// Those of the body's own check, and those of the whole upload if this body may be the whole.
    private static func algorithms(_ claim: Claim, _ plan: AppendPlan) -> [DigestAlgorithm] {
        let mayBeWhole = claim.offset == 0 && (plan.expected == nil || plan.expected == claim.length)
        let whole = mayBeWhole ? claim.expected.adding(plan.whole).all.map(\.algorithm) + claim.wanted : []
        return (plan.check?.algorithms ?? []) + whole
    }

    /// What the bytes that came hash to.
    var digests: [Digest] { running?.digests() ?? [] }

    /// The same as digests of the whole upload, if these bytes are all of it.
    func digestsOfWhole(endingAt offset: Int64) -> ContentDigests {
        let claim = claim
        guard claim.offset == 0, offset == claim.length ?? offset else { return ContentDigests() }
        return ContentDigests(digests)
    }

    /// The upload's offset that is certainly committed.
    var checkpointed: Int64 { state.withLock { $0.checkpointed } }

    private var safe: Int64 { state.withLock { $0.safe } }

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

    /// Throws away what came: the file is cut back to what counted before, and closed.
    func discard() async throws {
        let claim = claim
        try await node.files.run { [writer] in try writer.discard(to: claim.offset - claim.chunk.start) }
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
                if let running { buffer.withUnsafeReadableBytes(running.update) }
                try writer.write([buffer])
                if written - safe >= Self.checkpointBytes { try await fallBack() }
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
        while written - safe >= 2 * Self.checkpointBytes, !Task.isCancelled {
            let ticket = signals.ticket(for: .checkpoint)
            guard written - safe >= 2 * Self.checkpointBytes else { return }
            _ = await ticket.wait(atMost: Self.checkpointInterval)
        }
    }

    /// nil when it was told to stop.
    private func checkpoints() async -> Ending? {
        var prolonged = ContinuousClock.now
        while true {
            let ticket = signals.ticket(for: .progress)
            if written - safe < Self.checkpointBytes { _ = await ticket.wait(atMost: Self.checkpointInterval) }
            if Task.isCancelled { return nil }
            // Without progress the lease is kept alive all the same.
            let isLeaseDue = prolonged.advanced(by: leaseInterval) < .now
            guard written > safe || isLeaseDue else { continue }
            do {
                if try await checkpoint(isLeaseDue: isLeaseDue) { prolonged = .now }
            } catch {
                return Task.isCancelled ? nil : .failed(error)
            }
            signals.fire(.checkpoint)
        }
    }

    private var leaseInterval: Duration { .seconds(max(1, node.uploads.leaseSeconds / 3)) }

    /// Once begun it is not broken off when the body ends: cancelling a statement costs more than waiting for it.
    /// - Returns: whether the lease was prolonged.
    private func checkpoint(isLeaseDue: Bool) async throws -> Bool {
        try await Task {
            let offset = try await sync()
            let isChecked = plan.check != nil
            if isChecked { state.withLock { $0.safe = offset } }
            guard !isChecked || isLeaseDue else { return false }
            let counting = isChecked ? checkpointed : offset
            let trusted = try await node.uploads.checkpoint(claim, offset: counting)
            state.withLock { state in
                (state.checkpointed, state.safe) = (counting, offset)
                state.claim.trustedUntil = trusted
            }
            if !isChecked { progress(offset) }
            return true
        }.value
    }
}
