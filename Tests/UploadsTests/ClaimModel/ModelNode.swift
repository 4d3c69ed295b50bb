/// What one request on one node is doing. A node that is stopped (SIGSTOP) is one whose next step comes later.
enum ModelNode: Hashable, Sendable {
    enum Request: Hashable, Sendable {
        case patch(offset: Int)
        case head
        case delete
    }

    case idle
    /// It is about to claim, or to read the row; with its turn, if it had to wait.
    case asking(Request, turn: Int?)
    /// It has read a row at this fence, with a claim that is in its way.
    case waiting(Request, turn: Int, fence: Int)
    /// DELETE: nobody is in its way.
    case terminating(fence: Int)
    case writing(Writer)
    /// `WholeUpload.fill`: all bytes are safe in a file of its own, and the statement is about to be sent.
    case filling(file: Int)

    /// `Reception` and `ChunkStream`, from the claim to its end.
    struct Writer: Hashable, Sendable {
        enum Phase: Hashable, Sendable {
            case opening
            /// Bytes are written, with checkpoints beside that.
            case streaming
            /// Nothing is written any more; this is the last statement.
            case committing(Statement, isRepeated: Bool)
            /// The answer to the last statement was lost.
            case settling(Statement)
        }

        var fence: Int
        /// The upload's offset when it was claimed.
        var claimed: Int
        var chunkFence: Int
        var chunkStart: Int
        var phase = Phase.opening
        /// The file that it has open.
        var file: Int?
        /// The upload's offset up to which bytes are written.
        var written: Int
        /// The upload's offset up to which a checkpoint made them safe.
        var checkpointed: Int
        /// The upload's offset that a checkpoint under way has synced.
        var synced: Int?

        /// As `Claim.init` reads the row that `ClaimUpload` returns.
        init(_ row: UploadRow) {
            fence = row.fence
            claimed = row.offset
            chunkFence = row.chunkFences.last ?? row.fence
            chunkStart = row.chunkStarts.last ?? row.offset
            written = row.offset
            checkpointed = row.offset
        }
    }

    /// What is sent to the database.
    enum Statement: Hashable, Sendable {
        case claim(offset: Int, node: Int, turn: Int?)
        case takeTurn
        case checkpoint(fence: Int, offset: Int)
        case release(fence: Int, offset: Int)
        case complete(fence: Int, offset: Int)
        case completeAtOnce(file: Int)
        case fenceOff(fence: Int)
        case terminate(fence: Int)
    }
}

extension ModelNode.Request: CustomStringConvertible {
    var description: String {
        switch self {
        case .patch(let offset): "PATCH at \(offset)"
        case .head: "HEAD"
        case .delete: "DELETE"
        }
    }
}
