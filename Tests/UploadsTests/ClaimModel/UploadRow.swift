import UploadProtocol
import Uploads

/// The row of one upload as a pure value, with what each SQL statement does to it.
///
/// A function mirrors its statement line by line: the WHERE is its guard, the SET its body, and the row that RETURNING
/// gives its result. `ModelAgreesWithTheStatements` holds them against the real ones on a real PostgreSQL, so that
/// what `ModelWorld` finds out about the model is true of the product.
struct UploadRow: Hashable, Sendable {
    struct Lease: Hashable, Sendable {
        var node: Int
        /// `lease_until` has not passed.
        var isLive: Bool
    }

    /// What a statement says to its sender.
    enum Answer: Hashable, Sendable {
        case row(UploadRow)
        case noRow
        /// SQLSTATE 23514: a CHECK of the table.
        case checkFailed
    }

    var state = Upload.State.open
    /// Bytes in all; nil while it is deferred.
    var length: Int?
    var offset = 0
    var fence = 0
    var lease: Lease?
    var clean = true
    var turn = 0
    var claimedTurn = 0
    var chunkFences: [Int] = []
    var chunkStarts: [Int] = []
    /// `expires_at` has passed.
    var isOverdue = false
    /// `removed_at` is set.
    var isRemoved = false

    /// `InsertUpload`; claimed at once when `node` brings bytes.
    init(length: Int?, claimedBy node: Int? = nil) {
        self.length = length
        guard let node else { return }
        (fence, clean, chunkFences, chunkStarts) = (1, false, [1], [0])
        lease = Lease(node: node, isLive: true)
    }

    var chunks: ChunkList {
        ChunkList(
            fences: chunkFences.map { Int64($0) }, starts: chunkStarts.map { Int64($0) }, end: Int64(offset),
            isClean: clean)
    }
}

// MARK: - The statements of writers

extension UploadRow {
    /// `ClaimUpload`; `mine` is the turn of a request that had to wait.
    mutating func claim(at asked: Int, by node: Int, turn mine: Int? = nil) -> Answer {
        guard offset == asked, state == .open, !isRemoved, lease == nil, !isOverdue else { return .noRow }
        guard mine == nil || turn == mine else { return .noRow }
        turn = mine ?? turn + 1
        claimedTurn = turn
        if !clean || chunkFences.isEmpty {
            chunkFences.append(fence + 1)
            chunkStarts.append(offset)
        }
        fence += 1
        lease = Lease(node: node, isLive: true)
        clean = false
        return .row(self)
    }

    /// `CheckpointUpload`.
    mutating func checkpoint(_ mine: Int, to new: Int, release: Bool) -> Answer {
        guard fence == mine, state == .open, lease != nil, offset <= new else { return .noRow }
        if let length, new > length { return .checkFailed }
        if offset < new { isOverdue = false }
        offset = new
        if release { lease = nil } else { lease?.isLive = true }
        clean = release
        return .row(self)
    }

    /// `SetLength`.
    mutating func setLength(_ mine: Int, to new: Int) -> Answer {
        guard fence == mine, state == .open, lease != nil, length ?? new == new, offset < new else { return .noRow }
        length = new
        return .row(self)
    }

    /// `CompleteUpload`.
    mutating func complete(_ mine: Int, at end: Int) -> Answer {
        guard fence == mine, state == .open, lease != nil, length ?? end == end, offset <= end else { return .noRow }
        offset = end
        length = end
        state = .complete
        clean = true
        lease = nil
        isOverdue = false
        return .row(self)
    }
}

extension UploadRow {
    /// `CompleteAtOnce`.
    mutating func completeAtOnce(_ whole: Int, file: Int) -> Answer {
        guard state == .open, !isRemoved, lease == nil, !isOverdue, offset == 0, chunkFences.isEmpty, length == whole
        else { return .noRow }
        fence += 1
        turn += 1
        claimedTurn = turn
        offset = whole
        (chunkFences, chunkStarts, clean) = ([file], [0], true)
        state = .complete
        return .row(self)
    }
}

// MARK: - The statements of others

extension UploadRow {
    /// `TakeTurn`.
    mutating func takeTurn() -> Answer {
        turn += 1
        return .row(self)
    }

    /// `FenceUpload`.
    mutating func fenceOff(_ seen: Int) -> Answer {
        guard fence == seen, lease != nil else { return .noRow }
        fence += 1
        lease = nil
        clean = false
        return .row(self)
    }

    /// `TerminateUpload`.
    mutating func terminate(_ seen: Int) -> Answer {
        guard fence == seen, lease == nil, !isRemoved else { return .noRow }
        fence += 1
        if state == .open { state = .terminated }
        isRemoved = true
        return .row(self)
    }

    /// `ExpireUploads`, for this row.
    mutating func expire() {
        guard !isRemoved, isOverdue, state != .complete, lease?.isLive != true else { return }
        if state == .open { state = .expired }
        fence += 1
        lease = nil
        isRemoved = true
    }

    /// What `PublishJob` does to the row.
    mutating func finalize() {
        guard state == .complete else { return }
        state = .finalized
        isOverdue = false
    }

    /// The database's clock passes `lease_until`.
    mutating func leaseRunsOut() { lease?.isLive = false }

    /// The database's clock passes `expires_at`.
    mutating func timeRunsOut() { isOverdue = true }
}
